import Foundation
import MayflyCore
import Testing

@testable import MayflyTrail

@Suite("The forms of audit records for others") struct AuditFormatterTests {
    private func record(
        _ action: AuditEvent.Action, _ outcome: AuditEvent.Outcome = .done, bare: Bool = false
    )
        -> AuditRecord
    {
        let identity = Identity(
            uid: 1001, user: "zoë|=\\\n\"]", groups: [], pid: 7,
            call: CallTrace(id: "6f1d2c3b-0000-4a5b-8c9d-0e1f2a3b4c5d", startedAt: nil))
        let subject = AuditEvent.Subject(
            request: RequestID(), lease: LeaseID(), database: DatabaseName(unchecked: "orders"),
            profile: ProfileName(unchecked: "orders-read"),
            role: RoleName(rawValue: "mf_eu1_zo_abcdefghij234"))
        let event = AuditEvent(
            at: Date(milliseconds: 1_763_734_771_000), actor: bare ? .broker : .person(identity),
            action: action,
            outcome: outcome, subject: bare ? .init() : subject, reason: bare ? nil : "a=b|c\nd \\ \u{7}",
            rule: bare ? nil : "r", duration: bare ? nil : 12, details: bare ? [:] : ["ttl": "30m"])
        return AuditRecord(sequence: 17, event: event, previousHash: "00", hash: "01")
    }

    private func formatter(_ format: AuditExporter.Format) -> AuditFormatter {
        AuditFormatter(format, installation: "prod-eu", version: "0.1")
    }

    private func object(_ format: AuditExporter.Format, _ record: AuditRecord) throws -> [String: Any] {
        let line = try formatter(format).line(record)
        #expect(!line.contains(0x0A))
        return try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    }

    /// What https://schema.ocsf.io/1.3.0 requires of each class, and the activities that it knows.
    private static let required: [Int: [String]] = [
        3001: ["user"], 3002: ["user", "service"], 3004: ["entity"], 3005: ["user", "privileges"],
    ]
    private static let activities: [Int: ClosedRange<Int>] = [
        3001: 1...12, 3002: 1...5, 3004: 1...13, 3005: 1...2,
    ]

    @Test("Every action has what its OCSF class requires, whoever did it and however it went")
    func ocsf() throws {
        for action in AuditEvent.Action.allCases {
            for outcome in AuditEvent.Outcome.allCases {
                for bare in [true, false] {
                    let event = try object(.ocsf, record(action, outcome, bare: bare))
                    let what = Comment(rawValue: "\(action) \(outcome) \(bare)")
                    let kind = try #require(event["class_uid"] as? Int)
                    let activity = try #require(event["activity_id"] as? Int)
                    #expect(event["category_uid"] as? Int == 3, what)
                    #expect(event["type_uid"] as? Int == kind * 100 + activity, what)
                    #expect(activity == 99 || Self.activities[kind]?.contains(activity) == true, what)
                    #expect(event["time"] as? Int == 1_763_734_771_000, what)
                    #expect((0...6).contains(try #require(event["severity_id"] as? Int)), what)
                    let metadata = try #require(event["metadata"] as? [String: Any])
                    #expect(metadata["version"] as? String == "1.3.0", what)
                    let product = try #require(metadata["product"] as? [String: Any])
                    #expect(product["vendor_name"] as? String == "Mayfly", what)
                    for name in try #require(Self.required[kind]) {
                        if name == "privileges" {
                            #expect((event[name] as? [String])?.isEmpty == false, what)
                        } else {
                            // Each of these objects wants a name or a uid.
                            let value = try #require(event[name] as? [String: Any], what)
                            #expect(value["name"] is String || value["uid"] is String, what)
                        }
                    }
                    #expect(event["status_id"] as? Int == (outcome == .done ? 1 : 2), what)
                }
            }
        }
    }

    @Test("The table of OCSF classes is that of the code")
    func table() throws {
        let text = try String(
            contentsOf: ExampleTrailTests.config.appending(path: "audit.md"), encoding: .utf8)
        for action in AuditEvent.Action.allCases {
            let kind = AuditFormatter.ocsfKind(action)
            let row = text.split(separator: "\n").filter { $0.hasPrefix("| \(kind.class.rawValue) ") }
                .first { $0.contains(", \(kind.activity) ") && $0.contains("`\(action.rawValue)`") }
            #expect(row != nil, "\(action)")
        }
    }

    @Test("An ECS event has its timestamp, version and classification, and says who, what and on what")
    func ecs() throws {
        let event = try object(.ecs, record(.leaseActive))
        #expect(event["@timestamp"] as? String == "2025-11-21T14:19:31.000Z")
        #expect((event["ecs"] as? [String: Any])?["version"] as? String == "8.11.0")
        let inner = try #require(event["event"] as? [String: Any])
        #expect(inner["category"] as? [String] == ["iam"])
        #expect(inner["type"] as? [String] == ["user", "creation"])
        #expect(inner["duration"] as? Int == 12_000_000)
        let user = try #require(event["user"] as? [String: Any])
        #expect((user["target"] as? [String: Any])?["name"] as? String == "mf_eu1_zo_abcdefghij234")
        let bare = try object(.ecs, record(.daemonStarted, bare: true))
        #expect(bare["rule"] == nil && bare["trace"] == nil)
    }

    @Test("A CEF line has seven fields in its head, and nothing in a value ends one")
    func cef() throws {
        let line = String(decoding: try formatter(.cef).line(record(.requestDenied, .denied)), as: UTF8.self)
        #expect(line.hasPrefix("CEF:0|Mayfly|mayflyd|0.1|request.denied|request.denied|3|rt=1763734771000 "))
        #expect(!line.contains("\n"))
        #expect(line.contains(#"suser=zoë|\=\\\n"]"#), "\(line)")
        #expect(line.contains(#"reason=a\=b|c\nd \\  "#), "\(line)")
        #expect(AuditFormatter.escaped("a|b\\", also: "|") == #"a\|b\\"#)
        // Marks that make one Character of two scalars hide nothing.
        for mark in ["\u{301}", "\u{FE0F}", "\u{200D}"] {
            #expect(
                AuditFormatter.escaped("x=\(mark)y\\\(mark)|\(mark)", also: "=")
                    == "x\\=\(mark)y\\\\\(mark)|\(mark)")
            #expect(AuditFormatter.escaped("|\(mark)", also: "|") == "\\|\(mark)")
        }
    }
}
