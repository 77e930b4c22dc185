/// The report's style sheet: both colour schemes, one column on a phone.
enum ReportStyle {
  static let css = """
    :root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #1c2430; --soft: #5b6675; --line: #dfe3e9; --good: #2a7f62;
      --fair: #b7791f; --bad: #c2410c; --band: #dbeafe; --bar: #3b6fb6; --clip: #dc2626; --input: #7c5cb5; --output: #2a7f62; --scratch: #9aa4b1; }
    @media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1b212a; --ink: #e6eaf0; --soft: #9aa6b5; --line: #313a46;
      --good: #5cc29b; --fair: #e0b25c; --bad: #f08a5d; --band: #20364f; --bar: #79a8e8; --clip: #f87171; --input: #b39ae6; --output: #5cc29b;
      --scratch: #66707d; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
    main { max-width: 1160px; margin: 0 auto; padding: 24px 20px 48px; }
    h1 { font-size: 22px; margin: 0; overflow-wrap: anywhere; } h2 { font-size: 17px; margin: 36px 0 6px; } h3 { font-size: 14px; margin: 0; }
    p { margin: 4px 0 12px; max-width: 80ch; overflow-wrap: anywhere; } .soft, figcaption { color: var(--soft); } figcaption { font-size: 13px; }
    code, .name { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 13px; overflow-wrap: anywhere; }
    .card, figure { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; margin: 0; }
    .grid { display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr)); }
    .facts { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(min(200px, 100%), 1fr)); margin: 18px 0 0; }
    .facts .card { padding: 12px 16px; } .facts dt { color: var(--soft); font-size: 13px; } .facts dd { margin: 0; }
    .facts dd.value { font-size: 20px; font-weight: 600; } .facts dd.note { color: var(--soft); font-size: 13px; } .facts dl { margin: 0; }
    .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 14px; }
    th { text-align: left; color: var(--soft); font-weight: 500; font-size: 13px; } th, td { padding: 7px 12px 7px 0; vertical-align: top; border-bottom: 1px solid var(--line); }
    tr:last-child td { border-bottom: 0; } td.number, th.number { text-align: right; white-space: nowrap; }
    .bars { display: grid; grid-template-columns: minmax(120px, 34%) 1fr 72px; gap: 3px 12px; align-items: center; }
    .bars .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: right; } .bars .number { text-align: right; font-size: 13px; }
    .track { height: 12px; background: var(--line); border-radius: 3px; overflow: hidden; } .track i { display: block; height: 100%; }
    .good { background: var(--good); } .fair { background: var(--fair); } .bad { background: var(--bad); }
    .tag { border: 1px solid var(--line); border-radius: 4px; padding: 0 6px; font-size: 12px; color: var(--soft); white-space: nowrap; }
    .ends { display: flex; justify-content: space-between; font-size: 12px; color: var(--soft); }
    svg { display: block; width: 100%; height: auto; margin-top: 6px; } summary { cursor: pointer; margin: 12px 0; color: var(--soft); }
    .band { fill: var(--band); } .inside { fill: var(--bar); } .outside { fill: var(--clip); } .axis { stroke: var(--soft); stroke-width: 1; }
    .channel { stroke: var(--bar); } .limit { stroke: var(--clip); stroke-width: 1; } .peak { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 4 3; }
    .span { fill: var(--bar); fill-opacity: .72; stroke: var(--card); stroke-width: .6; } .span.input { fill: var(--input); } .span.output { fill: var(--output); }
    .span.scratch { fill: var(--scratch); fill-opacity: .45; } .key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin: 0 4px 0 12px; }
    ul { margin: 6px 0; padding-left: 20px; } li { margin: 4px 0; overflow-wrap: anywhere; } footer { margin-top: 36px; color: var(--soft); font-size: 13px; }
    @media (max-width: 640px) { main { padding: 16px 12px 32px; } .bars { grid-template-columns: 1fr 64px; }
      .bars .name { grid-column: 1 / -1; text-align: left; margin-top: 6px; }
      table.stacked thead { display: none; } table.stacked tr { display: block; padding: 8px 0; border-bottom: 1px solid var(--line); }
      table.stacked tr:last-child { border-bottom: 0; }
      table.stacked td { display: block; border: 0; padding: 1px 0; text-align: left; } table.stacked td[data-label]::before { content: attr(data-label) " "; color: var(--soft); }
      table.stacked td:empty { display: none; } }
    @media print { body { background: #fff; } details > * { display: block; } }
    """
}
