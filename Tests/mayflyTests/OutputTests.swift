import Foundation
import MayflyAPI
import Testing

@testable import mayfly

@Suite struct OutputTests {
    static let now = Date(timeIntervalSince1970: 1_785_412_800)

    static func lease(_ id: String = "6c1d0c5e", reason: String? = nil) -> Lease {
        Lease(
            id: id, requestId: "r", profile: "orders-read", database: "orders", engine: .postgresql,
            role: "mf_eu1_alice_aaaaaaaaaaaaa", requester: "alice", requesterUid: 1001, reason: reason,
            state: .active, tethered: false, createdAt: now, expiresAt: now.addingTimeInterval(1800),
            endsLatestAt: now.addingTimeInterval(3600), detail: [], mode: .guard)
    }

    static func credential(password: String = "hunter2", engine: EngineName = .postgresql) -> Credential {
        Credential(
            engine: engine, host: "db", port: 5432, database: "it's; rm -rf $HOME `x`", username: "u",
            password: password, tls: CredentialTLS(mode: .verifyFull, ca: "/ca.pem"), validUntil: now)
    }

    @Test(arguments: [
        ("\u{1B}[2J", "\\u{1b}[2J"), ("a\nb", "a\\u{a}b"), ("a\u{0}", "a\\u{0}"),
        ("a\u{202E}b", "a\\u{202e}b"),
        ("a\u{2028}b", "a\\u{2028}b"), ("a\u{9B}1m", "a\\u{9b}1m"), ("Zoë 日本 🙂", "Zoë 日本 🙂"),
    ])
    func `text of others cannot steer the terminal`(text: String, printed: String) {
        #expect(Escaping.printable(text) == printed)
    }

    @Test func `env lines survive a shell, whatever the server sends`() throws {
        let nasty = "a'b\"c$(touch /tmp/mayfly-pwned)`x`\\ \n;d"
        let text = CredentialText(credential: Self.credential(password: nasty), lease: Self.lease())
        let lines = try text.lines(.env)
        let script =
            lines.joined(separator: "\n") + "\nprintf '%s|%s' \"$PGPASSWORD\" \"$PGDATABASE\""
        let shell = try Run("/bin/sh", ["-c", script])
        #expect(shell.output == nasty + "|it's; rm -rf $HOME `x`")
        #expect(lines.contains("export PGSSLMODE='verify-full'"))
        #expect(lines.contains("export PGSSLROOTCERT='/ca.pem'"))
        #expect(lines.contains("export MAYFLY_LEASE='6c1d0c5e'"))
    }

    @Test func `a table for spreadsheets has a line for each role, and no cell is a formula`() {
        let role = ServerRole(
            database: "orders", engine: .postgresql, role: "mf_eu1_alice_aaaaaaaaaaaaa", state: .leased,
            alterations: ["is SUPERUSER", "its settings were changed"], requester: "alice",
            reason: "=HYPERLINK(\"http://evil\"),\n\"x\"", ticket: "@x", approvedBy: ["bob", "carol"],
            since: Self.now, groups: ["g"])
        let lines = ServerRoleText.csv([role, role])
        #expect(lines.count == 3 && lines[1] == lines[2])
        #expect(lines[0].split(separator: ",").count == 21)
        #expect(lines[1].contains(#","'=HYPERLINK(""http://evil""),\u{a}""x""",'@x,bob; carol,"#))
        #expect(lines[1].contains("is SUPERUSER; its settings were changed"))
    }

    @Test func `a table of leases fits the terminal and keeps what matters`() {
        let leases = [Self.lease(), Self.lease(reason: String(repeating: "long ", count: 40))]
        let table = LeaseText.table(leases, time: LocalTime(now: Self.now))
        for width in [40, 60, 80, 120, 200] {
            for line in table.lines(width: width) { #expect(line.count <= width) }
        }
        #expect(table.lines(width: 60)[1].contains("6c1d0c5e"))
        #expect(table.lines(width: 60)[1].contains("30m left"))
        #expect(!table.lines(width: 80)[0].contains("REASON"))
        #expect(table.lines(width: nil)[0].contains("REASON"))
    }

    @Test func `a line of the audit log stays a line`() {
        let record = AuditRecord(
            seq: 1, at: Self.now, actor: AuditActor(user: "eve\nroot"), action: "request.created",
            outcome: "done",
            reason: "x\r\n2  00:00  root  lease.revoked", details: ["a": "\u{1B}c"], previousHash: "",
            hash: "")
        let line = AuditText.line(record, time: LocalTime(now: Self.now))
        #expect(!line.contains { $0.isNewline })
        #expect(!line.contains("\u{1B}"))
    }

    @Test func `the end of a lease is told here and now`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "Europe/Berlin"))
        let time = LocalTime(now: Self.now, calendar: calendar)
        #expect(time.end(Self.now.addingTimeInterval(1780)) == "14:29:40 (29m 40s left)")
        #expect(time.text(Self.now.addingTimeInterval(86_400)) == "2026-07-31 14:00:00")
    }

    @Test func `a moment in the past is a duration ago, the last such time, or itself`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        #expect(try PastTime.date("1h", now: Self.now) == Self.now.addingTimeInterval(-3600))
        #expect(
            try PastTime.date("11:30", now: Self.now, calendar: calendar)
                == Self.now.addingTimeInterval(-1800))
        #expect(
            try PastTime.date("12:30", now: Self.now, calendar: calendar)
                == Self.now.addingTimeInterval(-84_600))
        #expect(try PastTime.date("2026-07-30T12:00:00Z") == Self.now)
        #expect(throws: HumanTimeError.self) { try PastTime.date("yesterday") }
    }

    @Test func `what keeps a role is told with statements that can be copied`() {
        var lease = Self.lease()
        let time = LocalTime()
        #expect(
            ObstacleText.lines(lease, time: time) == [
                "lease 6c1d0c5e is active: nothing is in the way of its end"
            ])
        lease.state = .locked
        lease.detail = ["the role owns objects", "table public.\u{1B}[2J in orders"]
        lease.statementForDba = "\\connect \"orders\"\nALTER TABLE t OWNER TO CURRENT_USER;"
        lease.attempts = 3
        lease.nextAttemptAt = Self.now
        let lines = ObstacleText.lines(lease, time: time)
        #expect(
            lines.suffix(3) == [
                "A DBA would run:", "  \\connect \"orders\"", "  ALTER TABLE t OWNER TO CURRENT_USER;",
            ])
        #expect(lines.contains { $0.hasPrefix("why") && $0.hasSuffix("the role owns objects") })
        #expect(lines.contains { $0.hasPrefix("tried") && $0.hasSuffix("3 times") })
        #expect(lines.contains { $0.contains("mayfly revoke 6c1d0c5e") })
        #expect(!lines.joined().contains("\u{1B}"))
    }
}
