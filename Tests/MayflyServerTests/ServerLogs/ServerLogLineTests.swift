import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// Records to lines: what a server said is told from what those who write in its log made it look like.
struct ServerLogLineTests {
    private static let start = #"2026-11-30 22:44:35.548 UTC,"mf_t_alice_aaaaaaaaaaaaa","orders",10043,"#
    private static let middle =
        #""127.0.0.1:47036",6b0dfc53.273b,4,"idle",2026-11-30 22:44:35 UTC,3/7,0,"#

    private static func csv(_ rest: String) -> String { start + middle + rest }

    private func fields(_ text: String, _ format: ServerLogSource.Format = .csvlog, isCut: Bool = false)
        -> LogFields?
    {
        LogFields(Array(text.utf8), format, isCut: isCut)
    }

    private func kind(_ text: String, _ format: ServerLogSource.Format = .csvlog) throws -> ServerLogLine.Kind
    {
        var clock = ServerLogClock()
        let fields = try #require(self.fields(text, format))
        return try #require(ServerLogLine(fields, &clock)).kind
    }

    private func records(_ text: String, _ format: ServerLogSource.Format) throws -> [String] {
        var splitter = LogRecordSplitter(format)
        var records: [String] = []
        try Array(text.utf8).withUnsafeBytes { bytes in
            // Byte by byte, as a log may come.
            for index in bytes.indices {
                try splitter.take(UnsafeRawBufferPointer(rebasing: bytes[index...index])) {
                    records.append(String(decoding: $0.bytes, as: UTF8.self))
                }
            }
        }
        return records
    }

    @Test("A line that a statement's text forges stays in that text")
    func forged() throws {
        // What PostgreSQL writes for a statement whose text has lines that look like another role's.
        let forged =
            Self.start.replacing("alice", with: "bob") + Self.middle + #"LOG,00000,"statement: drop table x""#
        let text = "select 1; --\n" + forged.replacing("\"", with: "\"\"") + "\n\n"
        let whole = Self.csv(#"LOG,00000,"statement: \#(text)",,,,,,,,,"psql","client backend",,0"#)
        let cut = try records(whole + "\n" + whole + "\n", .csvlog)
        #expect(cut == [whole, whole])
        guard case .statement(let statement) = try kind(cut[0]) else { throw TestFailure() }
        #expect(statement.text.contains("mf_t_bob_aaaaaaaaaaaaa") && statement.text.hasSuffix("\n\n"))
        #expect(fields(cut[0])?[.user] == "mf_t_alice_aaaaaaaaaaaaa")

        let message =
            #"statement: select 1\n{\"timestamp\":\"x\",\"user\":\"mf_t_bob_aaaaaaaaaaaaa\"}\u001b[2J"#
        let json = try records(LogScratch.line(1, message), .jsonlog)
        #expect(json.count == 1 && fields(json[0], .jsonlog)?[.user] == "mf_t_alice_aaaaaaaaaaaaa")
        guard case .statement(let other) = try kind(json[0], .jsonlog) else { throw TestFailure() }
        #expect(other.text.hasSuffix("\u{1B}[2J") && other.text.contains("\n{\"timestamp\""))
    }

    @Test("What a function has the server log is no statement, no end of a session and no failed login")
    func raised() throws {
        let context =
            #",,,,,"PL/pgSQL function inline_code_block line 1 at RAISE",,,,"psql","client backend",,0"#
        for text in [
            "statement: drop table x", "duration: 1.000 ms",
            "disconnection: session time: 0:00:01.000 user=x",
        ] {
            #expect(try kind(Self.csv(#"LOG,00000,"\#(text)""# + context)) == .message(text))
        }
        let login = Self.csv(#"ERROR,28P01,"password authentication failed for user ""x""""# + context)
        guard case .failure("28P01", _, _) = try kind(login) else { throw TestFailure() }
    }

    @Test(
        "Each way in which a statement is logged is read",
        arguments: [
            ("statement: select 1", LoggedStatement(text: "select 1")),
            (
                "duration: 10.600 ms  statement: select 1",
                LoggedStatement(text: "select 1", milliseconds: 10.6)
            ),
            (
                "duration: 0.1 ms  parse <unnamed>: select $1",
                LoggedStatement(text: "select $1", phase: .parse, milliseconds: 0.1)
            ),
            ("execute s1: select 'a: b'", LoggedStatement(text: "select 'a: b'", phase: .execute)),
            ("execute fetch from s1/p1: select 1", LoggedStatement(text: "select 1", phase: .fetch)),
            ("bind <unnamed>/C_1: select 1", LoggedStatement(text: "select 1", phase: .bind)),
        ])
    func ways(_ message: String, _ statement: LoggedStatement) throws {
        #expect(
            try kind(Self.csv(#"LOG,00000,"\#(message)",,,,,,,,,"psql","client backend",,0"#))
                == .statement(statement))
        #expect(
            try kind(LogScratch.line(1, message).dropLast().description, .jsonlog) == .statement(statement))
    }

    @Test("A record that is cut anywhere gives what is there, and never more")
    func cut() throws {
        let json = String(LogScratch.line(7, "statement: select 'é \\u001b'").dropLast())
        let csv = Self.csv(#"LOG,00000,"statement: select ""x"" 1",,,,,,,,,"psql","client backend",,0"#)
        for (text, format) in [(json, ServerLogSource.Format.jsonlog), (csv, .csvlog)] {
            let whole = try #require(fields(text, format))
            let bytes = Array(text.utf8)
            for count in 0..<bytes.count {
                // Of older servers a csvlog's line has fewer columns: up to the last of those.
                if format == .jsonlog || count < bytes.count - 30 {
                    #expect(LogFields(Array(bytes[..<count]), format) == nil, "\(count)")
                }
                guard let part = LogFields(Array(bytes[..<count]), format, isCut: true) else { continue }
                for key in [LogFields.Key.user, .sessionID, .severity] where part[key] != nil {
                    #expect(whole[key]?.hasPrefix(part[key] ?? "") == true)
                }
                if let message = part[.message], !part.isLossy {
                    #expect(whole[.message]?.hasPrefix(message) == true)
                }
            }
        }
    }

    @Test("A name that is there twice, or anything behind the object, is no record")
    func strict() {
        let line = String(LogScratch.line(1).dropLast())
        #expect(fields(line.replacing(#""pid":"#, with: #""user":"x","pid":"#), .jsonlog) == nil)
        #expect(fields(line + "x", .jsonlog) == nil && fields(line + line, .jsonlog) == nil)
        #expect(fields(line.replacing("\"pid\":10043", with: "\"pid\":{}"), .jsonlog) == nil)
        #expect(fields(Self.csv(#"LOG,00000,"x"y,,,,,,,,,"psql","client backend",,0"#)) == nil)
        #expect(fields(Self.csv("LOG,00000")) == nil)
    }

    @Test("Texts that are not UTF-8 are read, and marked")
    func lossy() throws {
        let line = Array(LogScratch.line(1, "statement: select 'X'").dropLast().utf8)
        let bytes = line.map { $0 == UInt8(ascii: "X") ? 0xFF : $0 }
        let fields = try #require(LogFields(bytes, .jsonlog))
        #expect(fields.isLossy && fields[.message] == "statement: select '\u{FFFD}'")
    }

    @Test(
        "Moments are told in every zone, also over its change to summer time",
        arguments: [
            ("2026-11-30 22:44:35.548 UTC", "2026-11-30 22:44:35 UTC", 1_796_078_675, 1_796_078_675.548),
            ("2026-11-30 23:44:36.5 CET", "2026-11-30 23:44:35 CET", 1_796_078_675, 1_796_078_676.5),
            ("2026-11-30 12:14:35.001 -1030", "2026-11-30 12:14:35 -1030", 1_796_078_675, 1_796_078_675.001),
        ])
    func zones(_ text: String, _ start: String, _ epoch: Int64, _ expected: Double) {
        var clock = ServerLogClock()
        let backend = LogBackend(start: epoch, pid: 1)
        #expect(clock.moment(text, sessionStart: start, of: backend) == Date(timeIntervalSince1970: expected))
        #expect(clock.moment("2026-13-30 22:44:35 UTC", sessionStart: start, of: backend) == nil)
        #expect(clock.moment("nonsense", sessionStart: start, of: backend) == nil)
    }

    @Test("A session id is two hexadecimal numbers, and is of the session that began in that second")
    func backends() {
        let backend = LogBackend(rawValue: "6b0dfc53.273b")
        #expect(backend == LogBackend(start: 0x6b0d_fc53, pid: 10043))
        for text in [
            "", ".", "1.", "g.1", "1.1.1", "-1.1", "1.0", "10000000000000000.1", "7fffffffffffffff.1",
            "200000000.1", "1.80000000",
        ] {
            #expect(LogBackend(rawValue: text) == nil)
        }
        #expect(backend?.isOf(SessionKey(host: "", number: 10043, since: 0x6b0d_fc53 * 1000 + 999)) == true)
        #expect(backend?.isOf(SessionKey(host: "", number: 10043, since: 0x6b0d_fc54 * 1000)) == false)
        #expect(backend?.isOf(SessionKey(host: "b", number: 10043, since: 0x6b0d_fc53 * 1000)) == false)
    }

    @Test(
        "A forged beginning of a session, or a time that is none, is no number that the state could not keep")
    func numbers() throws {
        let csv = Self.csv(#"LOG,00000,"duration: nan ms",,,,,,,,,"psql","client backend",,0"#)
        #expect(try kind(csv) == .message("duration: nan ms"))
        #expect(try kind(csv.replacing("nan", with: "1e400")) == .message("duration: 1e400 ms"))
        let end = csv.replacing("duration: nan ms", with: "disconnection: session time: nan:0:inf user=x")
        #expect(try kind(end) == .disconnected(seconds: nil))
        var clock = ServerLogClock()
        // In a zone whose offset is told by the session's beginning.
        let forged = csv.replacing("UTC", with: "CET").replacing("6b0dfc53", with: "7fffffffffffffff")
        let fields = try #require(self.fields(forged))
        #expect(ServerLogLine(fields, &clock) == nil)
    }

    private func prepared(_ message: String, ps: String) throws -> LoggedStatement {
        let csv = Self.csv(#"LOG,00000,"\#(message)",,,,,,,,,"psql","client backend",,0"#)
        guard case .statement(let statement) = try kind(csv.replacing(#""idle""#, with: #""\#(ps)""#))
        else { throw TestFailure() }
        return statement
    }

    @Test("The name of a prepared statement hides nothing of its text, and what remains unclear is said")
    func names() throws {
        // The server says what it is: one of them only can be meant.
        #expect(try prepared("execute x: SELECT 1 --: DELETE FROM o", ps: "DELETE").text == "DELETE FROM o")
        #expect(try prepared("execute x/y: SELECT ': DELETE FROM o", ps: "DELETE").others == [])
        for message in [
            "execute x: /*: DELETE FROM o", "execute x: DELETE FROM a --: DELETE FROM o",
            "execute x: DELETE FROM a WHERE '': DELETE FROM o", "execute <unnamed>/: /*: : (DELETE FROM o)",
        ] {
            let statement = try prepared(message, ps: "DELETE")
            let all = ([statement.text] + statement.others).contains { $0.contains("DELETE FROM o") }
            #expect(all && !statement.others.isEmpty, "\(statement)")
        }
        // A mark that joins the blank before it.
        #expect(try prepared("execute \u{301}x: DELETE FROM o", ps: "DELETE").text == "DELETE FROM o")
        #expect(try prepared("execute x: \u{301}: DELETE FROM o", ps: "DELETE").text == "DELETE FROM o")
        // Honest ones.
        #expect(try prepared("execute S_1: SELECT 'a: b', 'c: delete it'", ps: "SELECT").others == [])
        #expect(
            try prepared("execute <unnamed>: WITH a AS (SELECT 1) DELETE FROM o", ps: "DELETE").others == [])
        let long = String(repeating: "x: /*", count: 100_000)
        let time = try ContinuousClock().measure {
            _ = try prepared("execute \(long): DELETE FROM o", ps: "DELETE")
        }
        #expect(time < .seconds(5))
    }

    @Test(
        "Of a lease whose mode is not known, or in a language that is not, lines are counted",
        arguments: [true, false])
    func uncounted(_ isForeign: Bool) throws {
        let lease = try #require(try StoreConformanceSample.admission().lease)
        var log = LeaseLog(database: lease.database)
        let text = LogScratch.line(1).replacing(isForeign ? #""LOG""# : "none", with: #""PROTOKOLL""#)
        let fields = try #require(self.fields(String(text.dropLast()), .jsonlog))
        var clock = ServerLogClock()
        var line = try #require(ServerLogLine(fields, &clock))
        line.at = lease.createdAt
        log.take(
            line, of: lease, isForeign ? .redacted : nil, length: 1, sha256: nil, isDoubtful: false,
            now: line.at)
        #expect(log.batch.lines.isEmpty && log.batch.leftOut == [lease.id: .init(lines: 1)])
    }

    @Test(
        "In full, a password in a parameter or a failure's message is withheld, and so is the sum of the whole"
    )
    func withheld() throws {
        let lease = try #require(try StoreConformanceSample.admission().lease)
        var log = LeaseLog(database: lease.database)
        func take(_ kind: ServerLogLine.Kind) throws -> LoggedLine {
            log.begin()
            var clock = ServerLogClock()
            let fields = try #require(self.fields(String(LogScratch.line(1).dropLast()), .jsonlog))
            var line = try #require(ServerLogLine(fields, &clock))
            (line.at, line.kind) = (lease.createdAt, kind)
            log.take(line, of: lease, .full, length: 2 << 20, sha256: "sum", isDoubtful: false, now: line.at)
            return try #require(log.batch.lines.first)
        }
        let secret = LoggedStatement(text: "SELECT dblink_connect($1)", parameters: "$1 = 'password=hunter2'")
        let failure = ServerLogLine.Kind.failure(sqlState: "08001", message: "bad password hunter2", nil)
        for kind in [.statement(secret), failure] {
            let line = try take(kind)
            #expect(line.isWithheld == true && line.sha256 == nil && !"\(line)".contains("hunter2"))
        }
        let text = LoggedStatement(text: "SELECT 1 --", others: ["DELETE FROM o"])
        let line = try take(.statement(text))
        #expect(line.text == "SELECT 1 -- … or: DELETE FROM o" && line.isUnclear == true)
    }

    @Test("A line of pgaudit is a statement with its class, and one that a session made up is a message")
    func pgaudit() throws {
        let text =
            #"AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.orders,""select '""""a,b' from orders"",<not logged>"#
        let rest = #",,,,,,,,,"psql","client backend",,0"#
        guard case .statement(let statement) = try kind(Self.csv(#"LOG,00000,"\#(text)""# + rest)) else {
            throw TestFailure()
        }
        #expect(statement.text == #"select '"a,b' from orders"# && statement.parameters == nil)
        #expect(statement.audit == "READ SELECT TABLE public.orders")
        let made = try kind(
            Self.csv(#"LOG,00000,"\#(text)",,,,,"PL/pgSQL function x",,,,"psql","client backend",,0"#))
        guard case .message = made else { throw TestFailure() }
        guard case .message = try kind(Self.csv(#"LOG,00000,"AUDIT: SESSION,1""# + rest)) else {
            throw TestFailure()
        }
    }

    private struct TestFailure: Error {}
}
