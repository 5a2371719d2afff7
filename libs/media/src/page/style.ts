/** The report's style sheet: one page, light and dark, readable on paper as well. */
export const STYLE_SHEET = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d1f23; --quiet: #666a73; --line: #e3e0d8;
  --good: #1a7f4b; --bad: #b3261e;
  --series-0: #d9480f; --series-1: #1c7ed6; --series-2: #2b8a3e; --series-3: #9c36b5; --series-4: #0b7285;
  --truth: #868e96;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --card: #1b1e24; --ink: #e8e6e1; --quiet: #9aa0aa; --line: #2c3038;
    --good: #51cf8a; --bad: #ff8a80;
    --series-0: #ff922b; --series-1: #74c0fc; --series-2: #8ce99a; --series-3: #e599f7; --series-4: #66d9e8;
    --truth: #868e96;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 ui-sans-serif, system-ui, -apple-system,
  "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 48px 24px 96px; }
header p { color: var(--quiet); margin: 4px 0 0; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 18px; letter-spacing: -0.01em; margin: 48px 0 12px; }
h3 { font-size: 14px; margin: 0 0 8px; font-weight: 600; }
.eyebrow { text-transform: uppercase; letter-spacing: 0.12em; font-size: 12px; color: var(--quiet); }
.verdict { margin: 24px 0 0; padding: 14px 18px; border-radius: 10px; border: 1px solid var(--line);
  border-left: 4px solid var(--good); background: var(--card); }
.verdict.missed { border-left-color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin-top: 16px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tile b { display: block; font-size: 21px; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tile span { color: var(--quiet); font-size: 13px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; }
.scroll { overflow-x: auto; }
.below { margin-top: 16px; }
.quiet { color: var(--quiet); margin: 0 0 12px; max-width: 80ch; }
.quiet.below { margin-top: 16px; }
table + .quiet { margin: 12px 0 0; font-size: 13px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 8px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
th { font-weight: 600; font-size: 13px; color: var(--quiet); }
th:first-child, td:first-child { text-align: left; }
tr:last-child td { border-bottom: 0; }
th small, td small { font-weight: 400; display: block; color: var(--quiet); font-size: 12px; }
tr.model td { font-weight: 600; }
tr.floor td { color: var(--quiet); }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 8px; }
.holds { color: var(--good); } .misses { color: var(--bad); }
.legend { display: flex; flex-wrap: wrap; gap: 6px 20px; margin: 0 0 12px; font-size: 13px; color: var(--quiet); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 16px; }
.chart { display: block; width: 100%; height: auto; }
.rollout { margin-bottom: 16px; }
.rollout p { margin: 0 0 12px; color: var(--quiet); font-size: 13px; }
.strips { display: grid; grid-template-columns: max-content minmax(560px, 1fr); gap: 6px 14px; align-items: center; }
.strips > span { font-size: 13px; white-space: nowrap; }
.strips img { width: 100%; display: block; image-rendering: pixelated; }
.steps { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; font-size: 12px; color: var(--quiet); text-align: center; }
dl { display: grid; grid-template-columns: minmax(120px, max-content) 1fr; gap: 8px 20px; margin: 0; }
dt { font-weight: 600; font-size: 14px; } dd { margin: 0; overflow-wrap: anywhere; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; overflow-x: auto; margin: 0; }
code, pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
details summary { cursor: pointer; color: var(--quiet); }
details { margin-top: 12px; }
details pre, details table { margin-top: 12px; }
footer { margin-top: 48px; color: var(--quiet); font-size: 13px; }
@media print { main { padding: 0; max-width: none; } .card, .tile { break-inside: avoid; } }
`;
