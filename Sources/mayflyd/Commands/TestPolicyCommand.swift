import ArgumentParser
import Foundation
import MayflyAPI
import MayflyCore

struct TestPolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test-policy",
        abstract: "Hold the access rules against a table of cases.",
        discussion: """
            The file says who asks for what and when, and what is to be answered.
            Keep it beside the configuration, and run this wherever that is
            changed. It talks to nobody: groups are as the cases say.

            EXAMPLES
              mayflyd test-policy --config mayfly.yaml policy-tests.yaml
              mayflyd test-policy policy-tests.yaml --json

            EXIT CODES
              0   every case is answered as expected
              1   a case is not
              64  the arguments are wrong
              78  the configuration or the file of cases is wrong
            """)

    @OptionGroup var config: ConfigurationOption

    @Argument(help: ArgumentHelp("The file of cases.", valueName: "file"))
    var file: String

    @Flag(help: "Write JSON.")
    var json = false

    func run() throws {
        let configuration = try config.load().configuration
        let tests = try load()
        let issuers = configuration.issuers.map(\.name)
        for test in tests.cases {
            guard let issuer = test.identity.token?.issuer, !issuers.contains(issuer) else { continue }
            // No rule could name it: the case would hold for the wrong reason.
            Terminal.error("\(file):\(test.line): identity_issuers has no \(issuer.quoted())".printable)
            throw ExitStatus.configuration
        }
        let results = tests.cases.map { test in
            Result(
                name: test.name, line: test.line, passed: test.mismatches(with: configuration.policy).isEmpty,
                mismatches: test.mismatches(with: configuration.policy))
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Terminal.output(
                String(decoding: try encoder.encode(Report(cases: results)), as: UTF8.self).printableJSON)
        } else {
            write(results)
        }
        if results.contains(where: { !$0.passed }) { throw ExitStatus.findings }
    }

    private struct Report: Encodable { var cases: [Result] }

    private struct Result: Encodable {
        var name: String
        var line: Int
        var passed: Bool
        var mismatches: [String]
    }

    private func load() throws -> PolicyTestFile {
        let text: String
        do { text = try String(contentsOf: URL(filePath: file), encoding: .utf8) } catch {
            Terminal.error("\(file): \(error.localizedDescription)")
            throw ExitStatus.configuration
        }
        do { return try PolicyTestFile.parse(text: text, path: file) } catch {
            for problem in error.problems { Terminal.error(problem.description) }
            throw ExitStatus.configuration
        }
    }

    private func write(_ results: [Result]) {
        for result in results {
            Terminal.output("\(result.passed ? "ok  " : "FAIL")  \(result.name)".printable)
            for mismatch in result.mismatches {
                Terminal.output("      \(file):\(result.line): \(mismatch)".printable)
            }
        }
        let failed = results.count { !$0.passed }
        Terminal.output(
            "\(results.count) cases, \(failed == 0 ? "all as expected" : "\(failed) not as expected")")
    }
}
