import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { blank, encodePng, enlarge, paste, textWidth, writeText, type Picture } from '../index.ts';

const pixel = ({ width, data }: Picture, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const gradient: Picture = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => i * 10) };

describe('pasting', () => {
  test('enlarges by whole pixels and cuts off what lies outside', () => {
    const onto = blank(6, 5, [1, 2, 3]);
    paste(gradient, onto, 1, 2, 2);
    expect(pixel(onto, 0, 2)).toEqual([1, 2, 3]);
    expect(pixel(onto, 1, 2)).toEqual([0, 10, 20]);
    expect(pixel(onto, 2, 3)).toEqual([0, 10, 20]);
    expect(pixel(onto, 3, 3)).toEqual([30, 40, 50]);
    expect(pixel(onto, 5, 4)).toEqual([150, 160, 170]);
    paste(gradient, onto, -2, -1);
    expect(pixel(onto, 0, 0)).toEqual([150, 160, 170]);
    expect(pixel(onto, 1, 0)).toEqual([1, 2, 3]);
  });

  test('enlarge repeats each pixel', () => {
    const large = enlarge(gradient, 3);
    expect([large.width, large.height]).toEqual([9, 6]);
    for (let y = 0; y < 6; y++)
      for (let x = 0; x < 9; x++)
        expect(pixel(large, x, y)).toEqual(pixel(gradient, Math.floor(x / 3), Math.floor(y / 3)));
  });
});

test('a PNG holds the picture', () => {
  const { width, height, channels, depth, data } = decode(encodePng(gradient));
  expect({ width, height, channels, depth }).toEqual({ width: 3, height: 2, channels: 3, depth: 8 });
  expect([...data]).toEqual([...gradient.data]);
});

test('letters are readable: the digit 7 and the letter T', () => {
  const draw = (text: string) => {
    const paper = blank(textWidth(text), 7, [0, 0, 0]);
    writeText(text, paper, 0, 0, [255, 255, 255]);
    return Array.from({ length: 7 }, (_, y) =>
      Array.from({ length: paper.width }, (_, x) => (pixel(paper, x, y)[0] ? '#' : '.')).join(''),
    );
  };
  expect(draw('7T')).toEqual([
    '#####.#####',
    '....#...#..',
    '...#....#..',
    '..#.....#..',
    '.#......#..',
    '.#......#..',
    '.#......#..',
  ]);
  expect(draw('é')).toEqual(draw('?'));
  // Every printable letter leaves a mark, and no two the same.
  const all = Array.from({ length: 94 }, (_, i) => draw(String.fromCharCode(33 + i)).join());
  expect(new Set(all).size).toBe(94);
});
