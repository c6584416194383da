import Foundation
import MayflyAPI
import MayflyCrypto
import Testing

@testable import mayfly

/// What people wrote, against those who read it in another program.
@Suite("Reports, written")
struct ReportTextTests {
    private typealias Sample = ReportSample

    private func document(_ entries: [AccessEntry], _ format: ReportFormat) -> ReportDocument {
        let to = Sample.start.addingTimeInterval(86_400)
        return ReportDocument(
            AccessReport(from: Sample.start, to: to, entries: entries),
            ReportSubject(from: Sample.start, to: to, user: "alice"), ReportStyle(format))
    }

    static let attacks = [
        "<script>alert(1)</script>", "</style><script>x</script>", "\"><img src=x onerror=alert(1)>",
        "' onload='x", "]]><svg onload=x>", "<!-- -->", "&lt;b&gt;", "\u{202E}evil\u{2066}", "a\u{0}b",
        "a\u{1B}[2Jb", "one\ntwo\r\nthree", "a\u{2028}b", "| pipe | pipe |", "`code` **bold** _it_ ~~x~~",
        "[link](javascript:alert(1))", "![i](http://x/y.png)", "https://evil.example/", "www.evil.example",
        "@everyone", "#heading", "\\| \\<b>", "$math$", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)",
        "\t=1+1", "  =1", "＝1+1", "\",=1,\"", "%0A=1",
    ]

    @Test("HTML shows what people wrote as text, whatever it is", arguments: attacks)
    func html(_ attack: String) throws {
        let entry = Sample.entry(
            attack, person: attack, profile: attack, reason: attack, ticket: attack, by: .people,
            decisions: [
                AccessDecision(
                    step: attack, verdict: .approve, user: attack, person: attack, at: Sample.start,
                    reason: attack, authority: attack)
            ],
            review: AccessVerdict(
                id: "v", state: .done, dueAt: Sample.start, verdict: .unjustified, note: attack, by: attack))
        var report = document([entry], .html)
        report.title = attack
        report.notes.append(attack)
        let text = HTMLText.text(report)
        let plain = HTMLText.text(document([Sample.entry("x", person: "x")], .html))
        // No element and no attribute more than without it, and nothing that turns the reading order around.
        for tag in ["<script", "<img", "<b>", "<!--", "</style"] {
            #expect(count(tag, text) == count(tag, plain), "\(tag)")
        }
        for scalar in text.unicodeScalars {
            let isPlain = scalar == "\n" || !Self.unprintable.contains(scalar.properties.generalCategory)
            #expect(isPlain, "U+\(String(scalar.value, radix: 16))")
        }
        #expect(text.contains(HTMLText.value(attack)))
    }

    private static let unprintable: Set<Unicode.GeneralCategory> = [
        .control, .format, .lineSeparator, .paragraphSeparator,
    ]

    private func count(_ part: String, _ text: String) -> Int { text.components(separatedBy: part).count - 1 }

    @Test("CSV is one line a lease, every value in quotes, and no value begins a formula", arguments: attacks)
    func csv(_ attack: String) throws {
        let entry = Sample.entry(attack, person: attack, reason: attack, ticket: attack)
        let text = CSVText.text(document([entry, Sample.entry()], .csv))
        let lines = text.components(separatedBy: "\r\n")
        #expect(lines.count == 4 && lines[3].isEmpty)
        #expect(text.unicodeScalars.count { $0 == "\n" } == 3)
        let values = try fields(lines[1])
        #expect(values.count == lines[0].components(separatedBy: ",").count)
        for value in values {
            let first = value.unicodeScalars.first { !$0.properties.isWhitespace }
            #expect(first.map { !"=+-@|%＝＋－＠".unicodeScalars.contains($0) } ?? true, "\(value)")
        }
    }

    /// As RFC 4180 reads a line.
    private func fields(_ line: String) throws -> [String] {
        var fields: [String] = []
        var rest = Array(line.unicodeScalars)[...]
        while true {
            try #require(rest.popFirst() == "\"")
            var field = String.UnicodeScalarView()
            while let scalar = rest.popFirst() {
                if scalar == "\"" {
                    guard rest.first == "\"" else { break }
                    rest.removeFirst()
                }
                field.append(scalar)
            }
            fields.append(String(field))
            guard let comma = rest.popFirst() else { return fields }
            try #require(comma == ",")
        }
    }

    @Test("Markdown stays one table, with nothing of what people wrote taken for markup", arguments: attacks)
    func markdown(_ attack: String) throws {
        let entry = Sample.entry(attack, person: attack, reason: attack, ticket: attack)
        let plain = MarkdownText.text(
            document([Sample.entry("x", person: "x", reason: "x", ticket: "x")], .md))
        let text = MarkdownText.text(document([entry], .md))
        #expect(text.split(separator: "\n").count == plain.split(separator: "\n").count)
        for (line, other) in zip(text.split(separator: "\n"), plain.split(separator: "\n")) {
            #expect(line.count { $0 == "|" } == other.count { $0 == "|" })
        }
        #expect(!text.contains("<") && !text.contains("@") && !text.contains("://") && !text.contains("www."))
        // What is rendered has no mention, and no reference to an issue.
        let rendered = text.replacing("&#64;", with: "@").replacing(/&#\d+;/, with: "")
            .replacing("\\#", with: "#")
        for mark in ["@", "#"] {
            let ended = rendered.replacing("\(mark)\u{200B}", with: "")
            #expect(
                count(mark, ended) == count(mark, plain.replacing("\(mark)\u{200B}", with: "")), "\(mark)")
        }
        for mark in ["`", "*", "_", "[", "]", "!", "~", "$"] {
            let bare = text.replacing("\\\(mark)", with: "")
            #expect(count(mark, bare) == count(mark, plain.replacing("\\\(mark)", with: "")), "\(mark)")
        }
    }

    @Test("A terminal gets no control character", arguments: attacks)
    func terminal(_ attack: String) {
        let lines = TerminalText.lines(
            document([Sample.entry(attack, reason: attack)], .table), width: nil)
        for line in lines {
            #expect(
                !line.unicodeScalars.contains { Self.unprintable.contains($0.properties.generalCategory) })
        }
    }

    @Test("The page lets nothing in: no script, nothing from elsewhere, one sheet by its hash")
    func policy() throws {
        let text = HTMLText.text(document([Sample.entry(), Sample.entry("bob", by: .breakGlass)], .html))
        let digest = try SHA256Digest(hashing: Array(ReportSheet.css.utf8)).bytes
        #expect(ReportSheet.hash == "sha256-" + Data(digest).base64EncodedString())
        #expect(
            text.contains("content=\"default-src 'none'; style-src '\(ReportSheet.hash)'; base-uri 'none'"))
        #expect(text.contains("<style>\(ReportSheet.css)</style>"))
        for part in [
            "<script", "<link", "<iframe", "src=", "href=", "url(", "@import", " style=", "http:", "https:",
        ] {
            #expect(!text.contains(part), "\(part)")
        }
        #expect(!ReportSheet.css.contains("<"))
    }

    @Test("What is not known is not told as none")
    func unknown() {
        let unknown = document([Sample.entry()], .csv)
        #expect(unknown.notes.count == 1 && unknown.notes[0].contains("not known of 1 of 1"))
        #expect(HTMLText.text(document([Sample.entry()], .html)).contains("not known"))
        let never = HTMLText.text(document([Sample.entry(sessions: 0)], .html))
        #expect(never.contains("no connection seen") && !never.contains("not known"))
    }

    @Test("Who allowed it is told with how fast, and a verdict with who gave it")
    func words() {
        let approved = Sample.entry(
            by: .people, decisions: [Sample.decision("games", after: 240), Sample.decision("mail", after: 0)])
        let text = AccessText(entry: approved, style: ReportStyle(.html))
        #expect(text.allowedBy == "games in 4m (owner), mail at once (owner)")
        let review = AccessVerdict(
            id: "v", state: .done, dueAt: Sample.start, verdict: .justified, by: "daemon", seconds: 90)
        let broken = AccessText(
            entry: Sample.entry(by: .breakGlass, review: review), style: ReportStyle(.html))
        #expect(broken.allowedBy == "break-glass, justified by daemon after 1m 30s" && broken.mark == .plain)
        let late = AccessVerdict(id: "v", state: .overdue, dueAt: Sample.start)
        let open = AccessText(entry: Sample.entry(by: .breakGlass, review: late), style: ReportStyle(.html))
        #expect(open.allowedBy == "break-glass, review overdue" && open.mark == .warning)
        let short = AccessText(entry: Sample.entry(for: 4, ttl: 30), style: ReportStyle(.html))
        #expect(short.lived == "4m of 30m")
    }

    @Test("A report without anything says so in every format")
    func empty() {
        #expect(CSVText.text(document([], .csv)).components(separatedBy: "\r\n").count == 2)
        for text in [
            HTMLText.text(document([], .html)), MarkdownText.text(document([], .md)),
            TerminalText.lines(document([], .table), width: 80).joined(separator: "\n"),
        ] { #expect(text.contains("nobody had anything in this period")) }
        #expect(!HTMLText.text(document([], .html)).contains("<svg"))
    }

    @Test("A day is the beginning of it, here; a day that is none is refused")
    func days() throws {
        #expect(
            try PastTime.date("2026-07-30", calendar: UTCTime.calendar)
                == Sample.start.addingTimeInterval(-43_200))
        for text in ["2026-02-30", "2026-13-01", "26-07-30", "2026-7-30", "2026-07-30x"] {
            #expect(throws: (any Error).self) { try PastTime.date(text, calendar: UTCTime.calendar) }
        }
    }
}
