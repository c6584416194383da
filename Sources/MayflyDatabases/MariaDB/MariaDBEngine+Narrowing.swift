package import MayflyCore
import SQLClients

/// Narrowed groups, by procedures of the guard, which may narrow what a DBA gave it the right to hand on.
extension MariaDBEngine {
    package var narrows: Bool { definition.mode == .guard }

    package func preview(_ scope: NarrowedScope) async throws(EngineFailure) -> NarrowedPreview {
        guard narrows else { throw Self.cannotNarrow }
        let answers = await asker.call(.preview, [GuardMembers.Narrow(scope)], by: deadline)
        let previews = MariaDBCaller.read(answers) { (row) throws(MariaDBError) in
            (
                group: try row.string("narrowed"), statements: try row.string("statements"),
                privileges: try row.string("privileges")
            )
        }
        guard let first = previews.first else {
            throw EngineFailure(.guardUnusable, "the guard gave no answer")
        }
        let (group, statements, privileges) = try explained(first).get()
        let entries: [PrivilegeOfGroup] = try GuardDescription.decode(privileges)
        return NarrowedPreview(
            group: group, statements: try GuardDescription.decode(statements),
            privileges: EffectivePrivileges(entries.map(\.entry)))
    }

    /// Carries out what is for members of narrowed groups, and of none, once each group is there; what has no group fails
    /// alone. A group that was made for an issue that then fails gives nobody anything, and `tend` removes it.
    /// - Parameter body: takes the members that go on, by their place in `scopes`, each with its narrowed group.
    func narrowed<Answer: Sendable>(
        _ scopes: [NarrowedScope?],
        _ body: @escaping @Sendable ([(index: Int, group: String?)]) async -> [Result<Answer, EngineFailure>]
    ) async -> [Result<Answer, EngineFailure>] {
        await shielded { [self] in
            var failures: [Int: EngineFailure] = [:]
            var groups: [Int: String] = [:]
            let asked = scopes.indices.filter { scopes[$0] != nil }
            for (index, answer) in zip(asked, await narrow(scopes.compactMap { $0 })) {
                switch answer {
                case .success(let group): groups[index] = group
                case .failure(let failure): failures[index] = failure
                }
            }
            let going = scopes.indices.filter { failures[$0] == nil }
            let answers = await body(going.map { ($0, groups[$0]) })
            var result: [Int: Result<Answer, EngineFailure>] = failures.mapValues { .failure($0) }
            for (index, answer) in zip(going, answers) { result[index] = answer }
            return scopes.indices.map {
                result[$0] ?? .failure(EngineFailure(.outcomeUnknown, "the guard gave no answer"))
            }
        }
    }

    private func narrow(_ scopes: [NarrowedScope]) async -> [Result<String, EngineFailure>] {
        guard narrows else { return scopes.map { _ in .failure(Self.cannotNarrow) } }
        let answers = await writer.call(
            .narrow, scopes.map { GuardMembers.Narrow($0) }, by: deadline)
        return MariaDBCaller.read(answers) { (row) throws(MariaDBError) in try row.string("narrowed") }
            .map { answer in
                explained(answer).mapError { failure in
                    // No account depends on what became of it.
                    failure.kind == .outcomeUnknown
                        ? EngineFailure(.unreachable, "the server did not answer; no role was made") : failure
                }
            }
    }

    private func explained<Answer>(_ answer: Result<Answer, EngineFailure>) -> Result<Answer, EngineFailure> {
        answer.mapError { failure in
            if Self.isMissing(failure) {
                return EngineFailure(
                    .guardUnusable, code: failure.code,
                    "the server's guard is older than the broker, and narrows nothing",
                    hint: "`mayflyd guard print \(definition.name) --upgrade` is for a DBA")
            }
            guard failure.code == GuardCode.notGiven?.code else { return failure }
            return EngineFailure(
                failure.kind, code: failure.code, failure.message,
                hint:
                    "a DBA decides what may be narrowed: `mayflyd guard print \(definition.name) --narrowing`"
            )
        }
    }

    private static let cannotNarrow = EngineFailure(
        .invalid, code: "narrowing", "narrowing is not available here")

    /// The guard looks at 50 groups in a call, so that nobody waits for it long, and says when there are others.
    package func tend() async throws(EngineFailure) -> [String] {
        guard narrows else { return [] }
        var lines: [String] = []
        for _ in 0..<Self.mostTendings {
            let rows: MariaDBRows
            do throws(EngineFailure) {
                rows = try await ask("CALL mayfly.tend()", on: writers)
            } catch {
                // An older guard narrows nothing.
                guard Self.isMissing(error) else { throw error }
                return []
            }
            do throws(MariaDBError) {
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

    private static let mostTendings = 30
}

/// An object and what a narrowed group has of it, as the guard says.
private struct PrivilegeOfGroup: Decodable {
    let kind: String
    let name: String
    let privileges: [String]

    var entry: EffectivePrivileges.Entry { .init(kind: kind, name: name, privileges: privileges) }
}
