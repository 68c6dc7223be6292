// Light by default, dark where the reader's system is. One scale of sizes, one accent for each outcome, and no colour without a word beside it.
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c1b19;--quiet:#6b6862;--line:#e6e3dc;--soft:#f6f5f1;--bar:#dcd8cd;--link:#0b57a4;--ok:#1a7335;--bad:#b3261e;--note:#8a5a00}
@media (prefers-color-scheme:dark){:root{--paper:#181715;--ink:#e9e6df;--quiet:#a19d94;--line:#34322d;--soft:#211f1c;--bar:#3d3a34;--link:#8ab8ee;--ok:#62c281;--bad:#ff8d82;--note:#e3b35a}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2.5rem 1.25rem 4rem;max-width:62rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;-webkit-text-size-adjust:100%}
h1{margin:0;font-size:1.75rem;line-height:1.2;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{margin:2.5rem 0 .5rem;font-size:1.0625rem;font-weight:650}
h2.target{margin-top:3.5rem;font-size:1.375rem}
h2 small{font-weight:400;color:var(--quiet)}
p{margin:.25rem 0;max-width:46rem;overflow-wrap:anywhere}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:.15em}
code,pre{font:.875em/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{margin:.75rem 0 0;padding:.75rem 1rem;background:var(--soft);border-radius:.375rem;overflow:auto;tab-size:4}
.ok{color:var(--ok)}.bad{color:var(--bad)}.note{color:var(--note)}.quiet{color:var(--quiet)}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:1rem 2rem;margin:1.75rem 0 0;padding:1.25rem 0;border:solid var(--line);border-width:1px 0}
dt{font-size:.8125rem;color:var(--quiet)}
dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.wrong{margin:1.5rem 0 0;padding:.125rem 0 .125rem 1rem;border-left:3px solid var(--bad)}
.wrong.mild{border-color:var(--note)}
.wrong>p:first-child{font-weight:600}
.next{margin:.75rem 0 0;font-size:.8125rem;color:var(--quiet)}
.next+pre{margin-top:.25rem;white-space:pre-wrap;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
th{padding:.375rem .75rem .375rem 0;text-align:left;font-size:.8125rem;font-weight:400;color:var(--quiet);border-bottom:1px solid var(--line)}
td{padding:.5rem .75rem .5rem 0;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:break-word}
td:last-child,th:last-child{padding-right:0}
td p{margin:0;font-size:.875rem;color:var(--quiet)}
.number{text-align:right;white-space:nowrap}
td.word,td.line{white-space:nowrap}
td.number:first-child{color:var(--quiet)}
.name{min-width:9rem;overflow-wrap:anywhere}
tr:has(+.part) td,tr.part:has(+.part) td{border-bottom:0}
tr.part td{padding-top:.25rem;padding-bottom:.25rem;font-size:.875rem;color:var(--quiet)}
tr.part .name{padding-left:1rem}
.time{margin:.75rem 0 1rem}.time svg{display:block;overflow:visible;font-size:13px;fill:var(--ink)}.time text{white-space:pre}.time text.quiet{fill:var(--quiet);font-size:12px}
.tick{stroke:var(--line)}.time rect{fill:var(--link);stroke:var(--link);stroke-width:1.5}.time .lock{fill:var(--bar);stroke:var(--quiet)}.time .note{fill:var(--note);stroke:var(--note)}.time .bad,.time .wait{fill:var(--bad);stroke:var(--bad)}.time .wait{fill-opacity:.35}
.bar{display:block;height:3px;margin-top:.25rem;min-width:3.5rem;border-radius:2px;background:linear-gradient(to left,var(--bar) var(--share),transparent 0)}
details{margin-top:2.5rem}
summary{cursor:pointer;color:var(--quiet)}
@media (max-width:34rem){body{padding-top:1.5rem}h1{font-size:1.375rem}dl{grid-template-columns:1fr;gap:.625rem}dl>div{display:grid;grid-template-columns:6.5rem 1fr}dt{padding-top:.125rem}td,th{padding-right:.5rem}td.line{white-space:normal}.wide{display:none}}
@media print{body{max-width:none;padding:0}details{display:none}}
`;
