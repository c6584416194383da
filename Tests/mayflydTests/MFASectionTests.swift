import Foundation
import MayflyCore
import Testing

@testable import mayflyd

/// `mfa:`, its key file, and rules that demand what nobody could prove.
@Suite struct MFASectionTests {
    private func sample(_ section: String) throws -> SampleConfiguration {
        let sample = try SampleConfiguration()
        sample.text += section.replacing("DIRECTORY", with: sample.directory) + "\n"
        return sample
    }

    @Test("The section is read; the issuer names the installation where nothing is said")
    func whole() throws {
        let given = try sample("mfa: { key_file: DIRECTORY/mfa.key, issuer: ACME databases, attempts: 3 }")
        let path = given.directory + "/mfa.key"
        #expect(
            try given.parse().configuration.mfa
                == MFATerms(keyFile: path, issuer: "ACME databases", attempts: 3))
        let short = try sample("mfa: { key_file: DIRECTORY/mfa.key }")
        #expect(try short.parse().configuration.mfa?.issuer == "Mayfly prod-eu")
        #expect(try short.parse().configuration.mfa?.attempts == 5)
        #expect(try SampleConfiguration().parse().configuration.mfa == nil)
    }

    @Test(
        "A mistake is said with its place and what mends it",
        arguments: [
            ("mfa: { issuer: x }", "mfa.key_file: is missing"),
            ("mfa: { key_file: DIRECTORY/none }", "mfa.key_file: there is no file \"DIRECTORY/none\""),
            ("mfa: { key_file: DIRECTORY/open.password }", "is open to others than its owner (mode 0644)"),
            ("mfa: { key_file: DIRECTORY/group.password }", "is open to others than its owner (mode 0640)"),
            ("mfa: { key_file: DIRECTORY/empty.password }", "is empty"),
            ("mfa: { key_file: DIRECTORY/orders.password }", "\"DIRECTORY/orders.password\" holds no key"),
            ("mfa: { key_file: DIRECTORY }", "is not a regular file"),
            ("mfa: { key_file: ABCDEF0123456789 }", "mfa.key_file: (value not shown) is a relative path"),
            ("mfa: { key_file: DIRECTORY/mfa.key, issuer: \"a:b\" }", "mfa.issuer: \"a:b\" is no issuer"),
            ("mfa: { key_file: DIRECTORY/mfa.key, attempts: 1 }", "mfa.attempts: 1 is out of range"),
            ("mfa: { key_file: DIRECTORY/mfa.key, key: x }", "mfa.key: unknown key"),
        ])
    func mistakes(_ section: String, _ complaint: String) throws {
        let complaints = try sample(section).complaints()
        #expect(complaints.count == 1)
        #expect(complaints.first?.contains(complaint) == true, "\(complaints)")
        #expect(complaints.first?.contains("hunter2") == false)
    }

    static let keys: [([UInt8], Bool)] = [
        (Array(0..<32), true), (Array("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n".utf8), true),
        (Array("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".utf8), true),
        (Array(String(repeating: "aB", count: 32).utf8), true), (Array(0..<31), false),
        (Array(0..<33), false),
        (Array("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh".utf8), false),
        (Array(String(repeating: "xy", count: 32).utf8), false),
        (Array(String(repeating: "ab", count: 33).utf8), false),
        (Array("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n".utf8), false),
    ]

    @Test("A key is 32 bytes, as they are, in base64 or in hexadecimal", arguments: keys)
    func forms(_ bytes: [UInt8], _ isKey: Bool) throws {
        let sample = try sample("mfa: { key_file: DIRECTORY/mfa.key }")
        try Data(bytes).write(to: URL(filePath: sample.directory + "/mfa.key"))
        chmod(sample.directory + "/mfa.key", 0o600)
        #expect(sample.complaints().isEmpty == isKey)
    }

    @Test("new-key makes a key file of mode 0600 that the daemon takes, and never writes over another")
    func newKey() async throws {
        let sample = try sample("mfa: { key_file: DIRECTORY/new.key }")
        let path = sample.directory + "/new.key"
        #expect(!sample.complaints().isEmpty)
        let made = try await MayflydBinary.run(["mfa", "new-key", path])
        #expect(made.status == 0, "\(made)")
        #expect(made.output.isEmpty)
        #expect(sample.complaints().isEmpty)
        let first = try Data(contentsOf: URL(filePath: path))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let again = try await MayflydBinary.run(["mfa", "new-key", path])
        #expect(again.status == 1)
        #expect(again.errors.contains("it stays as it is"))
        #expect(try Data(contentsOf: URL(filePath: path)) == first)
        let other = try await MayflydBinary.run(["mfa", "new-key", sample.directory + "/other.key"])
        #expect(other.status == 0)
        #expect(try Data(contentsOf: URL(filePath: sample.directory + "/other.key")) != first)
    }

    private static let rule = "  - name: r\n    who: [ WHO ]\n    profiles: [ orders-read ]\n"
    private static let issuers =
        "identity_issuers: { github: { issuer: \"https://g\", audience: m, algorithms: [ RS256 ], jwks_url: \"https://g/k\" } }\n"
    private static let step =
        "    approval: { steps: [ { name: owner, approvers: [ \"group:a\" ], mfa: true } ] }\n"

    @Test(
        "Without the section, a demand that people would have to meet is refused, with what mends it",
        arguments: [
            ("\"group:a\"", "    requires: { mfa: required }\n", "rule \"r\" demands a second factor"),
            ("\"uid:7\", anyone", "    requires: { mfa: required }\n", "rule \"r\" demands a second factor"),
            ("anyone", "    requires: { mfa: { amr: [] } }\n", "rule \"r\" demands a second factor"),
            (
                "anyone", "    tiers: [ { above: 1h, requires: { mfa: { amr: [] } } } ]\n",
                "rule \"r\" demands"
            ),
            ("\"group:b\"", step, "step \"owner\" of rule \"r\" demands a second factor"),
            ("\"sub:github:x\"", step, "step \"owner\" of rule \"r\" demands a second factor"),
            ("\"sub:github:x\"", "    requires: { mfa: required }\n", nil),
            (
                "anyone", "    requires: { mfa: { acr: [ gold ], amr: [] } }\n",
                "rule \"r\" demands a second factor"
            ),
            ("\"sub:github:x\"", "    requires: { mfa: { acr: [ gold ], amr: [] } }\n", nil),
        ] as [(String, String, String?)])
    func unmeetable(_ who: String, _ more: String, _ complaint: String?) throws {
        let sample = try SampleConfiguration()
        let access = try #require(sample.text.range(of: "access:\n"))
        sample.text =
            String(sample.text[..<access.lowerBound]) + Self.issuers + "access:\n"
            + Self.rule.replacing("WHO", with: who) + more
        let complaints = sample.complaints().filter { $0.contains("second factor") }
        #expect(complaints.count == (complaint == nil ? 0 : 1), "\(sample.complaints())")
        if let complaint {
            #expect(complaints.first?.contains(complaint) == true, "\(complaints)")
            #expect(complaints.first?.contains("mfa: { key_file: /etc/mayfly/mfa.key }") == true)
        }
        sample.text += "mfa: { key_file: \(sample.directory)/mfa.key }\n"
        #expect(!sample.complaints().contains { $0.contains("second factor") })
    }
}
