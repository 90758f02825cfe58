export const STYLE = `
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --page: #fbfbfa; --card: #fff; --line: #e2e5ea; --accent: #3b7dc4; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ee; --soft: #9aa5b4; --page: #14181e; --card: #1c222b; --line: #303946; --accent: #6ea6e0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 72rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
h1 { margin: 0 0 .5rem; font-size: 1.7rem; line-height: 1.2; }
h2 { margin: 0 0 .75rem; font-size: 1.2rem; line-height: 1.3; }
h3 { margin: 1.25rem 0 .5rem; font-size: 1rem; }
p { margin: 0 0 .5rem; max-width: 48rem; }
header p, figcaption, footer, summary { color: var(--soft); }
section { margin-top: 1.25rem; padding: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.picks { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); gap: 1rem; margin-bottom: 1rem; }
.pick { padding: .9rem 1rem; border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 8px; }
.pick h3 { margin: 0; font-size: .85rem; font-weight: 600; color: var(--soft); }
.pick .name { margin: .1rem 0 .4rem; font-size: 1.15rem; font-weight: 650; }
.pick p { margin: 0; font-size: .95rem; }
section > :last-child { margin-bottom: 0; }
figure { margin: 1rem 0 1.25rem; }
figcaption { margin-top: .35rem; font-size: .9rem; }
.plot, .table { overflow-x: auto; }
.plot svg { display: block; height: auto; min-width: 28rem; max-width: 100%; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .55rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { vertical-align: bottom; font-weight: 600; color: var(--soft); white-space: normal; }
.text { text-align: left; }
tbody tr:hover { background: color-mix(in srgb, var(--accent) 9%, transparent); }
summary { margin: .6rem 0; cursor: pointer; font-size: .95rem; }
li { margin-bottom: .25rem; }
footer { margin-top: 1.5rem; font-size: .85rem; }
@media (max-width: 34rem) { body { padding: 1rem .6rem 2rem; } section { padding: .9rem .8rem; border-radius: 8px; } }
@media print { section { break-inside: avoid-page; border: 0; padding: 0; } }
`;
