import Foundation
import MayflyAPI
import MayflyCore
import Testing

/// Config/audit.md against the code: what the one has the other has.
@Suite("The document of the audit log")
struct AuditDocumentTests {
    private let text: String
    private let root: URL

    init() throws {
        text = try String(contentsOf: ExampleTrailTests.config.appending(path: "audit.md"), encoding: .utf8)
        root = ExampleTrailTests.config.deletingLastPathComponent()
    }

    /// The names in the first column of the table under this head.
    private func table(_ head: String) throws -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix("| \(head) |") })
        return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.flatMap { line in
            line.dropFirst().prefix { $0 != "|" }.split(separator: "`").enumerated().filter {
                $0.offset % 2 == 1
            }
            .map { String($0.element) }
        }
    }

    @Test("It lists every action, and no other")
    func actions() throws {
        #expect(try table("action").sorted() == AuditEvent.Action.allCases.map(\.rawValue).sorted())
    }

    @Test("It lists every member of a record, an actor and a checkpoint, and no other")
    func members() throws {
        #expect(try table("member | what").sorted() == MayflyAPI.AuditRecord.keys.sorted())
        #expect(try table("member of `actor`").sorted() == AuditActor.keys.sorted())
        #expect(try table("member | field").sorted() == MayflyAPI.AuditCheckpoint.keys.sorted())
        for outcome in AuditEvent.Outcome.allCases { #expect(text.contains("`\(outcome.rawValue)`")) }
    }

    @Test("It lists every detail that the code gives a record, and no other")
    func details() throws {
        var names: Set<String> = []
        // Where events are made: `details["name"] = …`, or a literal after `details`.
        let assigned = /[dD]etails\["([a-z0-9_]+)"\]\s*=[^=]/
        let literal =
            /[dD]etails(?:: \[String: String\])?(?::| =|\s*\{)\s*(?:switch self \{[^}]*)?\[((?:[^\[\]]|\[[^\[\]]*\])*)\]/
        for folder in ["MayflyCore", "MayflyServer", "MayflyStore"] {
            let sources = try #require(
                FileManager.default.enumerator(atPath: root.appending(path: "Sources/\(folder)").path))
            for case let file as String in sources where file.hasSuffix(".swift") {
                let source = try String(
                    contentsOf: root.appending(path: "Sources/\(folder)/\(file)"), encoding: .utf8)
                for match in source.matches(of: assigned) { names.insert(String(match.1)) }
                for match in source.matches(of: literal) {
                    for name in match.1.matches(of: /"([a-z0-9_]+)":/) { names.insert(String(name.1)) }
                }
            }
        }
        let documented = Set(try table("detail"))
        #expect(documented.subtracting(names).sorted() == [], "documented, and not in the code")
        #expect(names.subtracting(documented).sorted() == [], "in the code, and not documented")
    }

    @Test("It names the fields in the order in which they are hashed")
    func order() throws {
        let names = try table("field | of").flatMap { $0 == "details.NAME" ? [] : [$0] }
        let identity = Identity(
            uid: 1, user: "u", groups: [], pid: 2,
            token: TokenIdentity(issuer: "i", subject: "s", expiresAt: .distantPast, id: "t"),
            call: CallTrace(id: "c", startedAt: nil))
        let event = AuditEvent(
            at: Date(milliseconds: 0), actor: .person(identity), action: .leaseActive,
            subject: .init(
                request: RequestID(), lease: LeaseID(), database: DatabaseName(unchecked: "d"),
                profile: ProfileName(unchecked: "p"), role: RoleName(rawValue: "mf_eu1_zo_abcdefghij234")),
            reason: "r", rule: "l", duration: 3)
        let bytes = AuditEncoding.bytes(sequence: 1, previousHash: AuditEncoding.genesis, event: event)
        let hashed = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            String(line.prefix { $0 != "=" })
        }
        #expect(names == hashed)
    }
}
