package import MayflyCore
import SQLClients

/// Narrowed groups, by the guard's narrowing module: it lies in the database that login roles connect to, where the tables
/// are, and core knows its groups by their comments.
extension PostgreSQLEngine {
    package var narrows: Bool { definition.mode == .guard }

    package func preview(_ scope: NarrowedScope) async throws(EngineFailure) -> NarrowedPreview {
        let answers = await narrowing(.preview, [scope], by: deadline)
        let previews = PostgreSQLCaller.read(answers) { (row) throws(PostgreSQLError) in
            (
                group: try row.string("narrowed"), statements: try row.string("statements"),
                privileges: try row.string("privileges")
            )
        }
        guard let (group, statements, privileges) = try previews.first?.get() else {
            throw EngineFailure(.guardUnusable, "the guard gave no answer")
        }
        let entries: [PrivilegeOfGroup] = try GuardDescription.decode(privileges)
        return NarrowedPreview(
            group: group, statements: try GuardDescription.decode(statements),
            privileges: EffectivePrivileges(entries.map(\.entry)))
    }

    /// The narrowed group of each scope, made or compared just now.
    ///
    /// A group that was made for an issue that then fails gives nobody anything, and `tend` removes it.
    func narrow(
        _ scopes: [NarrowedScope], by deadline: ContinuousClock.Instant
    ) async -> [Result<String, EngineFailure>] {
        let answers = await narrowing(.narrow, scopes, by: deadline)
        return PostgreSQLCaller.read(answers) { (row) throws(PostgreSQLError) in try row.string("narrowed") }
            .map { answer in
                answer.mapError { failure in
                    // No login role depends on what became of it.
                    failure.kind == .outcomeUnknown
                        ? EngineFailure(.unreachable, "the server did not answer; no role was made") : failure
                }
            }
    }

    private func narrowing(
        _ function: GuardFunction, _ scopes: [NarrowedScope], by deadline: ContinuousClock.Instant
    ) async -> [PostgreSQLCaller.Answer] {
        let answers = await PostgreSQLCaller(pool: narrowingPool)
            .call(function, scopes.map { GuardMembers.Narrow($0) }, by: deadline)
        return answers.map { answer in
            answer.mapError { failure in
                guard failure.kind == .guardUnusable, failure.code != nil else { return failure }
                return EngineFailure(
                    .guardUnusable, code: failure.code,
                    "requests for a part of a profile need the guard's narrowing module",
                    hint: "run `mayflyd guard print \(definition.name) --narrowing` and have a DBA install it"
                )
            }
        }
    }

    /// The guard looks at 50 groups in a call, so that nobody waits for it long, and says when there are others.
    package func tend() async throws(EngineFailure) -> [String] {
        guard narrows, try await isInstalled(.narrowing) else { return [] }
        var lines: [String] = []
        for _ in 0..<Self.mostTendings {
            let rows = try await ask(
                narrowingPool,
                "SELECT coalesce(narrowed, '') AS narrowed, action FROM mayfly_narrowing.tend()")
            do throws(PostgreSQLError) {
                var isMore = false
                for row in rows {
                    let (group, action) = (try row.string("narrowed"), try row.string("action"))
                    if action == "more" { isMore = true } else { lines.append("\(group): \(action)") }
                }
                guard isMore else { return lines }
            } catch { throw EngineFailure(error) }
        }
        return lines
    }

    /// The guard has 1,500 groups at most.
    private static let mostTendings = 30

    /// Whether the database that login roles connect to has a module of the guard.
    func isInstalled(_ module: PostgreSQLGuard.Module) async throws(EngineFailure) -> Bool {
        let statement = "SELECT pg_catalog.to_regnamespace($1) IS NOT NULL"
        return try await ask(narrowingPool, statement, [module.schema]).onlyText() == "t"
    }
}

/// An object and what a narrowed group has of it, as the guard says.
private struct PrivilegeOfGroup: Decodable {
    let kind: String
    let name: String
    let privileges: [String]

    var entry: EffectivePrivileges.Entry { .init(kind: kind, name: name, privileges: privileges) }
}
