import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decibels, meanSquaredError, psnr } from './psnr.ts';
import { ssim } from './ssim.ts';

/** [H, W, 3] of (x² m + 7 y m + x y + 40 c) mod 256, easy to write in NumPy as well. */
function picture(height: number, width: number, m: number): Uint8Array {
  return Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const c = i % 3;
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    return (x * x * m + y * 7 * m + x * y + c * 40) % 256;
  });
}
const a = picture(24, 32, 3);
const b = picture(24, 32, 5);
const half = a.map((value, i) => Math.floor((value + b[i]) / 2));

// Expected values: NumPy 2.4 and scipy.ndimage.gaussian_filter(x, 1.5, truncate=3.5), which is how scikit-image
// computes structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255),
// cropped by 5 pixels and averaged over the channels; PSNR as 10 log10(255² / mean((a - b)²)).
describe('SSIM', () => {
  test('equals the reference', () => {
    expect(ssim(a, b, { width: 32, height: 24 })).toBeCloseTo(0.0220452518592628, 10);
    expect(ssim(a, half, { width: 32, height: 24 })).toBeCloseTo(0.6693899989032137, 10);
  });

  test('closed form: black against white leaves C1 / (1 + C1)', () => {
    const size = { width: 11, height: 11 };
    const black = new Uint8Array(363);
    expect(ssim(black, black.slice().fill(255), size)).toBeCloseTo(1e-4 / (1 + 1e-4), 12);
  });

  test('is symmetric, at most 1, and 1 for equal pictures', () => {
    const size = { width: 12, height: 11 };
    const anyPicture = fc.uint8Array({ minLength: 396, maxLength: 396 });
    fc.assert(
      fc.property(anyPicture, anyPicture, (p, q) => {
        const value = ssim(p, q, size);
        expect(value).toBeCloseTo(ssim(q, p, size), 10);
        expect(value).toBeLessThanOrEqual(1 + 1e-12);
        expect(ssim(p, p, size)).toBeCloseTo(1, 10);
      }),
      { numRuns: 20 },
    );
  });

  test('refuses what it cannot measure', () => {
    expect(() => ssim(a, b, { width: 10, height: 24 })).toThrow('a picture of 10x24 is smaller');
    expect(() => ssim(a, b, { width: 24, height: 24 })).toThrow(
      '2304 and 2304 values are not two RGB pictures',
    );
  });
});

describe('PSNR', () => {
  test('equals the reference', () => {
    expect(psnr(a, b)).toBeCloseTo(7.795225845553628, 10);
    expect(psnr(a, half)).toBeCloseTo(13.81582575883325, 10);
  });

  test('floats in [0, 1] measure the same', () => {
    const unit = (p: Uint8Array) => Float32Array.from(p, (value) => value / 255);
    expect(psnr(unit(a), unit(b))).toBeCloseTo(7.795225845553628, 5);
  });

  test('equal pictures: Infinity; one grey level off everywhere: 20 log10(255)', () => {
    expect(psnr(a, a)).toBe(Infinity);
    const dark = new Uint8Array(12);
    expect(psnr(dark, dark.slice().fill(1))).toBeCloseTo(48.1308036086791, 10);
    expect(decibels(0.01)).toBeCloseTo(20, 12);
  });

  test('pictures of different sizes or types are refused', () => {
    expect(() => meanSquaredError(a, b.subarray(1))).toThrow('pictures of 2304 Uint8Array and 2303');
    expect(() => psnr(a, new Float32Array(a.length))).toThrow('Float32Array');
  });
});
