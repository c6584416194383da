import Foundation
import MayflyCore
import Testing

/// Requests for some tables and columns: how they are written and read.
struct NarrowingTests {
    @Test("Equal wishes are equal values, in whatever order and however often they name a thing")
    func equality() throws {
        let one = try Narrowing(
            tables: ["sales.orders", "items", "items"], columns: ["c.name", "c.id", "c.id"])
        let other = try Narrowing(tables: ["items", "sales.orders"], columns: ["c.id", "c.name"])
        #expect(one == other)
        #expect(one?.text == "c (id, name), items, sales.orders")
        #expect(one?.wholeTables == ["items", "sales.orders"])
        #expect(one?.singleColumns == ["c.id", "c.name"])
        #expect(try Narrowing(tables: one?.wholeTables, columns: one?.singleColumns) == one)
    }

    @Test("Nothing given is no narrowing; an empty list is not everything")
    func nothing() throws {
        #expect(try Narrowing(tables: nil, columns: nil) == nil)
        for (tables, columns) in [([], nil), (nil, []), (["a"], []), ([], ["a.b"])]
            as [([String]?, [String]?)]
        {
            #expect(throws: Refusal.self) { try Narrowing(tables: tables, columns: columns) }
        }
    }

    @Test(
        "What is no name is refused, and named",
        arguments: [
            "", ".", "a.", ".a", "a.b.c.d", "a b", "a,b", "a\"b", "\"a", "\"a\"b", "a\u{0}b", "a\nb",
            "\"a\nb\"",
            "a\u{202E}b", "\"a\u{200B}b\"", "\"\"", String(repeating: "x", count: 64),
            "a." + String(repeating: "é", count: 32),
        ])
    func badNames(text: String) {
        #expect {
            _ = try Narrowing(tables: [text], columns: nil)
        } throws: { error in
            (error as? Refusal)?.field == "tables" && (error as? Refusal)?.code == .invalidRequest
        }
        #expect {
            _ = try Narrowing(tables: nil, columns: ["\(text).x"])
        } throws: { error in
            // Three parts are well for a column.
            (error as? Refusal)?.field == "columns"
        }
    }

    @Test(
        "A name is what the catalogue has, to the letter",
        arguments: [
            ("Orders", [nil, "Orders"]), ("select", [nil, "select"]),
            ("\"a.b\".\"c\"\"d\"", ["a.b", "c\"d"]),
            ("\"a, b\"", [nil, "a, b"]), ("größe", [nil, "größe"]), ("x;DROP", [nil, "x;DROP"]),
            (String(repeating: "x", count: 63), [nil, String(repeating: "x", count: 63)]),
        ] as [(String, [String?])])
    func goodNames(text: String, parts: [String?]) throws {
        let narrowing = try #require(try Narrowing(tables: [text], columns: nil))
        #expect(narrowing.tables.map { [$0.schema, $0.table] } == [parts])
        #expect(try Narrowing(tables: narrowing.wholeTables, columns: nil) == narrowing)
        let kept = try JSONDecoder().decode(Narrowing.self, from: JSONEncoder().encode(narrowing))
        #expect(kept == narrowing)
    }

    @Test("A table is named once: whole or by its columns, and there is an end to how many")
    func limits() throws {
        #expect(throws: Refusal.self) { try Narrowing(tables: ["a"], columns: ["a.b"]) }
        // With and without a schema they may be two.
        #expect(try Narrowing(tables: ["a"], columns: ["s.a.b"])?.tables.count == 2)
        let many = (0...Narrowing.mostTables).map { "t\($0)" }
        #expect(throws: Refusal.self) { try Narrowing(tables: many, columns: nil) }
        let columns = (0...Narrowing.mostColumns).map { "t.c\($0)" }
        #expect(throws: Refusal.self) { try Narrowing(tables: nil, columns: columns) }
        #expect(try Narrowing(tables: Array(many.dropFirst()), columns: nil)?.tables.count == 100)
        #expect(try Narrowing(tables: nil, columns: Array(columns.dropFirst()))?.singleColumns.count == 200)
    }
}

/// Where the configuration says what a profile gives, a narrowing is held against it before the server is.
struct NarrowingSubsetTests {
    private static let scope = Scope([
        ScopeGrant(.level(.read, schema: "sales"), []),
        ScopeGrant(
            .tables(schema: "stock", NameSelection(names: ["inv_*"], except: ["*_private"])), [.select]),
        ScopeGrant(.columns(["id", "name"], schema: "hr", NameSelection(names: ["people"])), [.select]),
        ScopeGrant(.sequences(schema: "hr", .all), [.usage]),
    ])

    @Test(
        "What may be a part is for the server to say",
        arguments: [
            (["sales.orders", "stock.inv_1"], nil), (["orders"], nil), (["hr.people"], nil),
            (nil, ["hr.people.id", "people.name"]), (nil, ["sales.orders.whatever"]),
        ] as [([String]?, [String]?)])
    func parts(tables: [String]?, columns: [String]?) throws {
        let narrowing = try #require(try Narrowing(tables: tables, columns: columns))
        #expect(Self.scope.excluded(of: narrowing) == nil)
    }

    @Test(
        "What is certainly none is named",
        arguments: [
            (["hr.salaries"], nil, "hr.salaries"), (["stock.inv_private"], nil, "stock.inv_private"),
            (["stock.other"], nil, "stock.other"),
            (nil, ["hr.people.iban", "hr.people.id"], "hr.people.iban"),
            (nil, ["hr.people.Id"], "hr.people.Id"),
            (["sales.orders", "pg_catalog.pg_class"], nil, "pg_catalog.pg_class"),
        ] as [([String]?, [String]?, String)])
    func others(tables: [String]?, columns: [String]?, named: String) throws {
        let narrowing = try #require(try Narrowing(tables: tables, columns: columns))
        #expect(Self.scope.excluded(of: narrowing) == named)
    }

    @Test("The policy says so, and for profiles that cannot be narrowed too")
    func policy() throws {
        let ttl = try TTL(seconds: 60)
        func decide(_ adjust: (inout Profile) -> Void) throws -> Decision {
            var profile = Profile(
                name: ProfileName(unchecked: "p"), database: DatabaseName(unchecked: "d"),
                ttl: .init(default: ttl, max: ttl), memberOf: ["g"], scope: Self.scope, group: "g")
            adjust(&profile)
            let policy = Policy(
                rules: [AccessRule(name: "r", who: [.user("a")], profiles: ["*"])],
                profiles: [profile.name: profile])
            let wish = LeaseRequest(
                profile: profile.name, ttl: nil, reason: nil, ticket: nil,
                narrowing: try Narrowing(tables: ["hr.salaries"], columns: nil))
            return policy.decide(
                wish, by: Identity(uid: 1, user: "a", groups: [], pid: 1), now: Date(milliseconds: 0))
        }
        func code(_ adjust: (inout Profile) -> Void) throws -> Refusal.Code? {
            if case .deny(let refusal) = try decide(adjust) { refusal.code } else { nil }
        }
        let asked = try code { _ in }
        #expect(asked == .denied)
        let withOwner = try code { $0.create = .init(owner: "o") }
        #expect(withOwner == .invalidRequest)
        // Nothing is known of what statements or a DBA give.
        let withStatements = try code { $0.groupStatements = ["GRANT …"] }
        #expect(withStatements == nil)
        let byHand = try code { ($0.scope, $0.group) = (nil, nil) }
        #expect(byHand == nil)
    }
}
