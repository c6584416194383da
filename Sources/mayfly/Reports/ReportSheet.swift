/// How a report looks: on a screen in light and dark, and on paper.
enum ReportSheet {
    /// Of `css`, as a content security policy wants it: `sha256-` and base64. A test holds it against the sheet.
    static let hash = "sha256-bRUNjGH1HSR0b3GUMPqP2tyfxF5NyEJGvcjjCbW2MgA="

    static let css = """
        :root{--back:#fff;--ink:#1d2430;--soft:#5b6676;--line:#dfe3ea;--band:#f5f7fa;--card:#f7f8fb;\
        --auto:#4a7bd0;--people:#2f9e72;--signed:#7a5fc9;--glass:#d9552c;--session:#10203a;--warn:#b3401b;--warnback:#fdf1ec}
        @media(prefers-color-scheme:dark){:root{--back:#12161d;--ink:#e4e8ef;--soft:#98a3b4;--line:#2b3340;\
        --band:#181e27;--card:#1a202a;--auto:#6f9df0;--people:#4cc493;--signed:#a78bf0;--glass:#f57a4f;--session:#f4f7ff;\
        --warn:#ff9a76;--warnback:#2c1c17}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:32px 28px 56px;max-width:1280px;background:var(--back);color:var(--ink);\
        font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        h1{font-size:24px;line-height:1.2;margin:0 0 12px;font-weight:650;letter-spacing:-.01em}
        h2{font-size:16px;margin:34px 0 10px;font-weight:650}
        p{margin:0 0 10px;color:var(--soft);max-width:80ch}
        .subject{display:flex;flex-wrap:wrap;gap:4px 28px;margin:0;color:var(--soft)}
        .subject div{display:flex;gap:8px}
        dt{color:var(--soft)}
        dd{margin:0;color:var(--ink);overflow-wrap:anywhere}
        .figures{display:flex;flex-wrap:wrap;gap:12px;list-style:none;margin:22px 0 0;padding:0}
        .figures li{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 16px;min-width:118px}
        .figures b{display:block;font-size:22px;line-height:1.25;font-weight:650;font-variant-numeric:tabular-nums}
        .figures span{color:var(--soft);font-size:12.5px}
        .figures .warning{background:var(--warnback);border-color:var(--warn)}
        .figures .warning b{color:var(--warn)}
        figure{margin:26px 0 0;border:1px solid var(--line);border-radius:10px;padding:14px 14px 12px;overflow-x:auto}
        figure svg{display:block;width:100%;min-width:760px;height:auto}
        figcaption{display:flex;flex-wrap:wrap;gap:6px 18px;margin-top:10px;color:var(--soft);font-size:12.5px}
        .key::before{content:"";display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px;\
        vertical-align:-2px;background:var(--auto)}
        .key.people::before{background:var(--people)}
        .key.signed::before{background:var(--signed)}
        .key.glass::before{background:var(--glass)}
        .key.session::before{background:var(--session);height:4px;border-radius:2px;vertical-align:3px}
        svg text{fill:var(--soft);font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        svg .name{fill:var(--ink);font-weight:600}
        svg .even{fill:var(--band)}
        svg .tick{stroke:var(--line);stroke-width:1}
        svg .day{stroke:var(--soft);stroke-width:1;stroke-opacity:.55}
        svg .bar{fill:var(--auto)}
        svg .bar.people{fill:var(--people)}
        svg .bar.signed{fill:var(--signed)}
        svg .bar.glass{fill:var(--glass)}
        svg .held{fill:none;stroke:var(--ink);stroke-width:1.5}
        svg .session{fill:var(--session);fill-opacity:.75}
        .table{overflow-x:auto;border:1px solid var(--line);border-radius:10px}
        table{border-collapse:collapse;width:100%;font-size:13px}
        th{text-align:left;font-weight:600;color:var(--soft);background:var(--card);padding:8px 12px;white-space:nowrap;\
        border-bottom:1px solid var(--line)}
        td{padding:8px 12px;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:anywhere;min-width:76px}
        tbody tr:last-child td{border-bottom:0}
        td small{display:block;color:var(--soft);font-size:12px;margin-top:1px}
        .tight{white-space:nowrap}
        .number{text-align:right;font-variant-numeric:tabular-nums}
        tr.warning td:first-child{box-shadow:inset 3px 0 0 var(--warn)}
        tr.warning{background:var(--warnback)}
        tr.quiet td{color:var(--soft)}
        footer{margin-top:34px;color:var(--soft);font-size:12.5px}
        footer ul{padding-left:18px;margin:0}
        @page{size:A4 landscape;margin:12mm}
        @media print{:root{--back:#fff;--ink:#000;--soft:#444;--line:#ccc;--band:#f4f4f6;--card:#f4f4f6;--auto:#4a7bd0;\
        --people:#2f9e72;--signed:#7a5fc9;--glass:#d9552c;--session:#10203a;--warn:#b3401b;--warnback:#fdf1ec}
        *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        body{padding:0;max-width:none;font-size:11px}
        table{font-size:10px}
        td,th{padding:4px 6px}
        td small{font-size:9px}
        thead{display:table-header-group}
        tr,figure,.figures li{break-inside:avoid}
        h2{break-after:avoid}
        .table,figure{overflow:visible}
        figure svg{min-width:0}}
        """
}
