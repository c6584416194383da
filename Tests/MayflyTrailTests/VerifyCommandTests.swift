import Foundation
import MayflyAPI
import MayflyTesting
import Testing

@testable import MayflyTrail

/// `mayfly audit verify`, the real one, on files that somebody was at, without a daemon.
@Suite("The command that verifies an audit log")
struct VerifyCommandTests {
    private struct Verdict {
        var status: Int32
        var text: String
    }

    private func verify(_ lines: [[UInt8]], _ options: [String] = []) async throws -> Verdict {
        let file = FileManager.default.temporaryDirectory.appending(path: "mf-\(UUID().uuidString).jsonl")
        try Data(lines.joined(separator: [0x0A]) + [0x0A]).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }  // a test's leavings
        let command = [try BuiltBinary.path("mayfly"), "audit", "verify", file.path] + options
        do {
            return Verdict(status: 0, text: try await TestCommand.run(command))
        } catch let failure as TestCommand.Failure {
            return Verdict(status: failure.status >> 8, text: failure.output)
        }
    }

    @Test(
        "It says of the example that it is whole, and of each change what is wrong, and where",
        .timeLimit(.minutes(5)))
    func changes() async throws {
        let lines = try ExampleTrailTests.lines()
        let key = ExampleTrailTests.config.appending(path: "examples/audit-trail.pub").path
        let whole = try await verify(lines)
        #expect(whole.status == 0, "\(whole.text)")
        #expect(whole.text.hasPrefix("whole: records 1 to 6"), "\(whole.text)")
        for change in TrailChange.all {
            let told = try await verify(try change.apply(to: lines))
            #expect(told.status == ExitStatus.notWhole.rawValue, "\(change.name): \(told.text)")
            let place: String? =
                switch change.found {
                case .record(let number): "record \(number): "
                case .checkpoint(let number): "checkpoint \(number): "
                case .line, .keys: nil
                }
            #expect(
                told.text.contains("the audit log is not whole: \(place ?? "")"),
                "\(change.name): \(told.text)")
        }
        // Its own words for it are JSON for programs.
        let json = try await verify(try TrailChange.all[0].apply(to: lines), ["--json"])
        #expect(json.text.contains(#""whole" : false"#), "\(json.text)")
        #expect(!key.isEmpty)
    }

    @Test("An end that was cut off is found by a checkpoint that was kept elsewhere")
    func cutOff() async throws {
        let lines = try ExampleTrailTests.lines()
        let kept = FileManager.default.temporaryDirectory.appending(path: "mf-\(UUID().uuidString).kept")
        defer { try? FileManager.default.removeItem(at: kept) }  // a test's leavings
        // The newest checkpoint, and half of one that a crash left.
        try Data(lines[8] + [0x0A] + lines[8].prefix(40)).write(to: kept)
        let cut = Array(lines.prefix(6))
        let told = try await verify(cut, ["--open", "--checkpoint", kept.path])
        #expect(told.status == ExitStatus.notWhole.rawValue, "\(told.text)")
        #expect(told.text.contains("record 5: it is missing"), "\(told.text)")
        #expect(try await verify(lines, ["--checkpoint", kept.path]).status == 0)
        let none = try await verify(lines, ["--checkpoint", "/nonexistent"])
        #expect(none.status != 0 && none.status != ExitStatus.notWhole.rawValue, "\(none.text)")
    }
}
