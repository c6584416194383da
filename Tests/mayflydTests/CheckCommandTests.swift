import Foundation
import MayflyCore
import Testing

@testable import mayflyd

/// `mayflyd check` and its neighbours as processes: exit codes, and what goes to stdout and what to stderr.
@Suite struct CheckCommandTests {
    private func file(_ sample: SampleConfiguration) throws -> String {
        try sample.write(sample.text, to: "mayfly.yaml", mode: 0o600)
        return sample.directory + "/mayfly.yaml"
    }

    @Test("A right configuration ends with 0 and says so on stdout")
    func right() async throws {
        let sample = try SampleConfiguration()
        let result = try await MayflydBinary.run(["check", "--config", try file(sample)])
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(result.output.hasPrefix("ok"))
        #expect(result.output.contains("databases 1, profiles 1, rules 1"))
    }

    @Test("A wrong configuration ends with 78 and says all of it on stderr, nothing on stdout")
    func wrong() async throws {
        let sample = try SampleConfiguration()
        sample.text = sample.text.replacing("tag: eu1", with: "tag: EU-1").replacing(
            "timeout: 5s", with: "timeout: 5")
        let path = try file(sample)
        let result = try await MayflydBinary.run(["check", "--config", path])
        #expect(result.status == 78)
        #expect(result.output == "")
        #expect(
            result.errors == """
                mayflyd: error: \(path):1:37: installation.tag: "EU-1" is not a tag — 1 to 5 of a-z and 0-9, such as eu1
                mayflyd: error: \(path):18:14: databases.orders.timeout: "5" has no unit — add s, m, h or d: 5s if seconds are meant
                mayflyd: hint: 2 problems in the configuration; nothing was changed

                """)
    }

    @Test("With --json the findings are on stdout, for programs")
    func json() async throws {
        let sample = try SampleConfiguration()
        sample.text = sample.text.replacing("tag: eu1", with: "tag: EU-1")
        let result = try await MayflydBinary.run(["check", "--json", "--config", try file(sample)])
        #expect(result.status == 78)
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        #expect(report.findings.map(\.severity) == ["error"])
        #expect(report.findings.first?.message.contains("installation.tag") == true)
    }

    struct Report: Decodable {
        struct Line: Decodable {
            var severity: String
            var subject: String
            var check: String
            var message: String
            var statement: String?
        }
        var findings: [Line]
    }

    @Test("What a server calls its roles and tables cannot steer the terminal, in the table and in JSON")
    func escaped() throws {
        var report = CheckReport()
        report.add(
            "orders",
            [Finding(.warning, "roles", "the role \u{9b}31mevil\u{202e}\u{1b}[2J", statement: "DROP \u{85}x")]
        )
        for text in [report.table, try report.json()] {
            let odd = text.unicodeScalars.filter {
                $0 != "\n" && [.control, .format].contains($0.properties.generalCategory)
            }
            #expect(odd.isEmpty)
        }
        let read = try JSONDecoder().decode(Report.self, from: Data(try report.json().utf8))
        #expect(read.findings.first?.message == "the role \u{9b}31mevil\u{202e}\u{1b}[2J")
    }

    @Test("A user or group that this host does not know is a warning, as a rule for it lets nobody in")
    func names() async throws {
        let sample = try SampleConfiguration()
        sample.text = sample.text
            .replacing("\"user:ci\"", with: "\"user:root\", \"uid:4242\", \"group:no-such-group\"")
            .replacing("group: mayfly", with: "group: root").replacing(
                "\"group:dba\"", with: "\"user:no-such-user\"")
        let result = try await MayflydBinary.run(["check", "--json", "--config", try file(sample)])
        #expect(result.status == 0)
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        let warnings = report.findings.filter { $0.severity == "warning" }.map(\.message)
        #expect(warnings.contains("auditors: no user is called \"no-such-user\" on this host"))
        #expect(
            warnings.contains(
                "access rule \"developers read orders\": no group is called \"no-such-group\" on this host"))
        #expect(!warnings.contains { $0.contains("\"root\"") || $0.contains("4242") })
    }

    @Test("A missing file ends with 78, a wrong argument with 64")
    func usage() async throws {
        let missing = try await MayflydBinary.run(["check", "--config", "/nonexistent/mayfly.yaml"])
        #expect(missing.status == 78)
        #expect(
            missing.errors.hasPrefix(
                "mayflyd: error: /nonexistent/mayfly.yaml: cannot be read: No such file or directory"))
        let sample = try SampleConfiguration()
        let path = try file(sample)
        for arguments in [
            ["check", "--nonsense"], ["guard", "print", "--config", path],
            ["guard", "print", "nothing", "--config", path],
            ["guard", "print", "orders", "--core", "--cleanup", "--config", path],
            ["check", "--probe", "nothing", "--config", path],
            ["check", "--connect", "--database", "nothing", "--config", path],
        ] {
            let result = try await MayflydBinary.run(arguments)
            #expect(result.status == 64, "\(arguments)")
            #expect(result.output == "", "\(arguments)")
        }
    }

    @Test(
        "Every help page has examples", arguments: [[], ["check"], ["run"], ["guard"], ["guard", "print"]])
    func help(_ command: [String]) async throws {
        let result = try await MayflydBinary.run(command + ["--help"])
        #expect(result.status == 0)
        #expect(result.output.contains("EXAMPLES\n  mayflyd"))
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test("The guard's script goes to stdout, with the values of the configuration, and nothing else does")
    func guardPrint() async throws {
        let sample = try SampleConfiguration()
        let path = try file(sample)
        let all = try await MayflydBinary.run(["guard", "print", "orders", "--config", path])
        #expect(all.status == 0)
        #expect(all.errors == "")
        #expect(all.output.hasPrefix("-- Mayfly guard for PostgreSQL"))
        #expect(all.output.contains("'prod-eu', 'eu1', 'mayfly', 28800, 400, 500"))
        #expect(all.output.contains("ARRAY['orders_readonly']"))
        #expect(!all.output.contains("{{"))
        let core = try await MayflydBinary.run(["guard", "print", "orders", "--core", "--config", path])
        let cleanup = try await MayflydBinary.run(["guard", "print", "orders", "--cleanup", "--config", path])
        #expect(all.output.contains(core.output.dropLast()))
        #expect(
            core.output.contains("CREATE SCHEMA mayfly;")
                && !core.output.contains("CREATE SCHEMA mayfly_cleanup"))
        #expect(
            cleanup.output.contains("CREATE SCHEMA mayfly_cleanup") && !cleanup.output.contains("\\connect"))
    }
}
