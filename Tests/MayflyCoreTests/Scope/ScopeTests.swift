import MayflyCore
import Testing

@Suite("What a scope comes to")
struct ScopeTests {
    private static let definition = DatabaseDefinition(
        name: DatabaseName(unchecked: "orders"), engine: .postgresql, hosts: ["/run"], port: 5432,
        database: "orders", tls: .init(mode: .disable), account: .init(user: "mayfly", password: .none))

    private static func table(_ name: String, _ schema: String = "sales") -> DatabaseObject {
        DatabaseObject(.table, database: "orders", schema: schema, name: name)
    }

    private static func routine(_ name: String, _ arguments: String) -> DatabaseObject {
        DatabaseObject(.routine, database: "orders", schema: "sales", name: name, arguments: arguments)
    }

    private static let composed = "caf\u{e9}"
    private static let decomposed = "cafe\u{301}"

    private static let catalogue = Catalogue(
        database: "orders",
        schemas: [
            .init(name: "sales", owner: "owner"), .init(name: "hr", owner: "hr"),
            .init(name: "pg_catalog", owner: "postgres", isSystem: true),
        ],
        objects: [
            table("orders"), table("inv_a"), table("inv_b_private"), table("Orders"), table(composed),
            table(decomposed), table("salaries", "hr"), table("pg_authid", "pg_catalog"),
            DatabaseObject(.sequence, database: "orders", schema: "sales", name: "orders_id_seq"),
            routine("refund", "bigint"), routine("refund", "bigint, text"), routine("fee", ""),
        ],
        columns: [table("orders"): ["id", "total"]])

    private func resolve(_ grants: ScopeGrant...) -> ResolvedScope {
        Scope(grants).resolved(in: [Self.catalogue], for: Self.definition)
    }

    /// Without what it takes to reach them.
    private func names(_ resolved: ResolvedScope) -> [String] {
        held(resolved).sorted().map(\.description)
    }

    private func held(_ resolved: ResolvedScope) -> [HeldPrivilege] {
        resolved.privileges.held.filter { $0.privilege != .connect && $0.object.kind != .schema }
    }

    @Test("Patterns and exceptions are held against the catalogue, byte by byte")
    func patterns() {
        let some = resolve(
            ScopeGrant(
                .tables(schema: "sales", NameSelection(names: ["orders", "inv_*"], except: ["*_private"])),
                [.select]))
        #expect(names(some) == ["select on table sales.inv_a", "select on table sales.orders"])
        #expect(some.unresolved == [])
        let one = resolve(
            ScopeGrant(.tables(schema: "sales", NameSelection(names: [Glob(Self.composed)])), [.select]))
        // To Swift the two are the same text, to a server two tables.
        #expect(held(one).count == 1)
        #expect(one.privileges.held.contains(.init(.select, on: Self.table(Self.composed))))
        #expect(!one.privileges.held.contains(.init(.select, on: Self.table(Self.decomposed))))
    }

    @Test("What no catalogue has is named, and nothing is given for it")
    func unresolved() {
        let none = resolve(
            ScopeGrant(.tables(schema: "sales", NameSelection(names: ["ordres", "x*"])), [.select]),
            ScopeGrant(.schema("nowhere"), [.usage]),
            ScopeGrant(
                .columns(["id", "ssn"], schema: "sales", NameSelection(names: ["orders"])), [.select]),
            ScopeGrant(.routines(schema: "sales", NameSelection(names: ["refund(text)"])), [.execute]))
        #expect(names(none) == ["select (id) on table sales.orders"])
        #expect(
            none.unresolved == [
                "table sales.ordres", "table sales.x*", "schema nowhere", "column sales.orders.ssn",
                "routine sales.refund(text)",
            ])
    }

    @Test(
        "A routine is meant by its signature, a pattern by its name; a pattern for schemas leaves the system's out"
    )
    func routines() {
        let one = resolve(
            ScopeGrant(.routines(schema: "sales", NameSelection(names: ["refund(bigint)"])), [.execute]))
        #expect(names(one) == ["execute on routine sales.refund(bigint)"])
        let both = resolve(ScopeGrant(.routines(schema: "sales", NameSelection(names: ["ref*"])), [.execute]))
        #expect(held(both).count == 2)
        let schemas = resolve(ScopeGrant(.schema("*"), [.usage]))
        #expect(
            schemas.privileges.held.sorted().map(\.description) == [
                "connect on database orders", "usage on schema hr", "usage on schema sales",
            ])
        #expect(held(resolve(ScopeGrant(.tables(schema: "*", .all), [.select]))).count == 7)
    }

    @Test("A level is written out for each engine, and gives no trigger")
    func levels() {
        func gives(_ level: AccessLevel, _ engine: EngineKind) -> [[Privilege]] {
            ScopeGrant(.level(level, schema: "sales"), []).expanded(for: engine).map(\.privileges)
        }
        #expect(gives(.read, .postgresql) == [[.usage], [.select], [.select]])
        #expect(
            gives(.write, .postgresql) == [
                [.usage], [.select, .insert, .update, .delete], [.select, .usage],
            ])
        #expect(gives(.read, .mysql) == [[.select, .showView]])
        for engine in EngineKind.allCases {
            let ddl = gives(.ddl, engine).joined()
            #expect(ddl.contains(.create) && !ddl.contains(.trigger) && !ddl.contains(.createRoutine))
            for grant in ScopeGrant(.level(.ddl, schema: "s"), []).expanded(for: engine) {
                let possible = grant.target.kind?.privileges(on: engine) ?? []
                #expect(Set(grant.privileges).isSubset(of: possible))
            }
        }
    }

    @Test("What is granted can be reached: its schema can be used, its database connected to, and no other")
    func reach() {
        let table = resolve(ScopeGrant(.tables(schema: "hr", .all), [.select]))
        #expect(
            table.privileges.held.sorted().map(\.description) == [
                "connect on database orders", "usage on schema hr", "select on table hr.salaries",
            ])
        #expect(
            resolve(ScopeGrant(.tables(schema: "sales", NameSelection(names: ["x*"])), [.select])).privileges
                .isEmpty)
    }

    @Test("Schemas are told apart byte by byte, too")
    func exactSchemas() {
        var catalogue = Self.catalogue
        catalogue.schemas += [
            .init(name: Self.composed, owner: "o"), .init(name: Self.decomposed, owner: "o"),
        ]
        catalogue.objects += [Self.table("a", Self.composed), Self.table("b", Self.decomposed)]
        let scope = Scope([ScopeGrant(.tables(schema: Glob(Self.composed), .all), [.select])])
        let resolved = scope.resolved(in: [catalogue], for: Self.definition)
        #expect(held(resolved).map(\.object.name) == ["a"])
        #expect(Glob(Self.composed) != Glob(Self.decomposed))
    }

    @Test("The future is of the schema's owner or of those named")
    func future() {
        let read = resolve(ScopeGrant(.level(.read, schema: "sales"), [], future: .ofSchemaOwner))
        #expect(
            read.future.sorted().map(\.description) == [
                "select on every table that owner makes in schema sales",
                "select on every sequence that owner makes in schema sales",
            ])
        let named = resolve(
            ScopeGrant(.routines(schema: "sales", .all), [.execute], future: .of(["a", "b"])))
        #expect(named.future.map(\.owner).sorted() == ["a", "b"])
    }

    @Test("A set is a subset when each privilege is covered, columns by their table too")
    func subsets() {
        let table = PrivilegeSet([.init(.select, on: Self.table("orders"))])
        let column = PrivilegeSet([.init(.select, on: Self.table("orders"), column: "id")])
        #expect(column.isSubset(of: table) && !table.isSubset(of: column))
        #expect(column.isSubset(of: column) && PrivilegeSet().isSubset(of: column))
        let update = PrivilegeSet([.init(.update, on: Self.table("orders"), column: "id")])
        #expect(!update.isSubset(of: table))
        #expect(update.beyond(table).map(\.description) == ["update (id) on table sales.orders"])
        #expect(!PrivilegeSet([.init(.select, on: Self.table("Orders"))]).isSubset(of: table))
    }

    @Test(
        "A signature is read as the server writes it",
        arguments: [
            ("refund(int8)", "refund(bigint)"), ("f()", "f()"),
            ("f( INT , varchar[] )", "f(integer, character varying[])"),
            ("f(timestamptz)", "f(timestamp with time zone)"),
            ("f(app.\"Odd, (Type\")", "f(app.\"Odd, (Type\")"),
            ("odd (name(text)", "odd (name(text)"), ("f(\"a\"\"b\"[])", "f(\"a\"\"b\"[])"),
        ])
    func signatures(_ text: String, _ read: String) {
        #expect(RoutineSignature(text)?.description == read)
    }

    @Test(
        "What is no signature is refused: its text stands in statements",
        arguments: [
            "refund", "(int)", "f(int", "f(int; DROP TABLE x)", "f(int) TO x; --", "f(\"a)", "f(,)",
            "f(int,)", "f(a'b)",
            "f(\"\")", "f(int[]x)", "f(.x)", "f(x.)", "f(int--)", "f(int/**/)", "f(a(b))",
        ])
    func noSignatures(_ text: String) {
        #expect(RoutineSignature(text) == nil)
    }
}
