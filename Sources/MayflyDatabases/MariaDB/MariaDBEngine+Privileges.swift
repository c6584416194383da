import Foundation
package import MayflyCore
import SQLClients

/// A line of what an account may do, and by what.
package struct EffectivePrivilege: Decodable, Hashable, Sendable {
    package enum Source: String, Decodable, Sendable {
        /// Granted to the account: by somebody else, as the guard never does.
        case itself
        /// By its group, and roles granted to that.
        case group
        /// By PUBLIC, the anonymous account, or a mandatory role.
        case everybody
    }

    /// ``SELECT, INSERT on table `app`.`orders```
    package let line: String
    package let from: Source

    package init(line: String, from: Source) {
        self.line = line
        self.from = from
    }
}

extension MariaDBEngine {
    /// Asked of the guard, as our account sees no roles but its own.
    package func privileges(of groups: [String]) async throws(EngineFailure) -> [String] {
        guard direct == nil else { return try await directPrivileges(of: groups) }
        let names: String
        do {
            names = String(decoding: try JSONEncoder().encode(groups), as: UTF8.self)
        } catch { throw EngineFailure(.invalid, "the groups' names cannot be written") }
        let rows: MariaDBRows
        do throws(EngineFailure) {
            rows = try await ask("CALL mayfly.privileges(?)", [names])
        } catch {
            throw Self.explained(error, "tell what groups may do")
        }
        do throws(MariaDBError) {
            var lines: [String] = []
            for row in rows { lines.append(try row.string("line")) }
            guard lines.count > Self.privilegeLines else { return lines }
            return lines.prefix(Self.privilegeLines) + ["and more"]
        } catch { throw EngineFailure(error) }
    }

    /// What the guard tells of the groups, of roles granted to them, and of everybody.
    package func effectivePrivileges(of groups: [String]) async throws(EngineFailure) -> EffectivePrivileges {
        guard direct == nil else { return EffectivePrivileges(lines: try await directPrivileges(of: groups)) }
        do throws(EngineFailure) {
            return EffectivePrivileges(held: try await held(groups))
        } catch {
            guard Self.isMissing(error) else { throw error }
            // An older guard tells less.
            return EffectivePrivileges(lines: try await privileges(of: groups))
        }
    }

    /// What accounts can really do, by what the server itself has on record; the narrowest lines are cut off after 201.
    /// One answer per lease, in order.
    package func effectivePrivileges(
        of leases: [LeaseID]
    ) async -> [Result<[EffectivePrivilege], EngineFailure>] {
        guard direct == nil else {
            let failure = EngineFailure(.invalid, "without a guard nobody tells what accounts may do")
            return leases.map { _ in .failure(failure) }
        }
        let answers = await asker.call(.effective, leases.map(GuardMembers.Lease.init), by: deadline)
        let texts = MariaDBCaller.read(answers) { (row) throws(MariaDBError) in try row.string("effective") }
        return texts.map { text in
            do throws(EngineFailure) {
                let data = Data(try text.get().utf8)
                do {
                    return .success(try JSONDecoder().decode([EffectivePrivilege].self, from: data))
                } catch {
                    throw EngineFailure(
                        .guardUnusable, "the guard's answer is not what this version expects")
                }
            } catch {
                return .failure(Self.explained(error, "tell what accounts may do"))
            }
        }
    }

    /// Who may not call a procedure is not told whether there is one.
    static func isMissing(_ failure: EngineFailure) -> Bool {
        failure.code == "1370" || failure.code == "1305"
    }

    static func explained(_ failure: EngineFailure, _ what: String) -> EngineFailure {
        guard isMissing(failure) else { return failure }
        return EngineFailure(
            .serverError, "the server's guard is older than the broker, and does not \(what)")
    }

    /// The guard gives one more, so that it is known whether there are more.
    private static let privilegeLines = 200
}
