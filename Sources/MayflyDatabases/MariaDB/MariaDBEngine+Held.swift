import Foundation
import MayflyCore
import SQLClients

/// What the guard tells of one place where groups hold something.
struct MariaDBHeld {
    enum Source: String {
        /// Granted to the group itself.
        case group
        /// By a role that was granted to it.
        case role
        /// By PUBLIC, the anonymous account, or a mandatory role.
        case everybody
    }

    enum What {
        /// There is the role.
        case role
        /// There is an account of that name that can log in.
        case account
        /// What `mayflyd apply` wrote down (`GroupMark`).
        case mark(String)
        /// A role that was granted to it, as SQL has it.
        case membership(String)
        case rights([MariaDBGrant])
    }

    /// Empty for what comes from elsewhere.
    var group: String
    var source: Source
    var what: What
    /// There is no such table any more.
    var isGone: Bool
}

extension MariaDBEngine {
    /// What groups that the guard allows hold, of themselves, by roles granted to them, and because everybody does.
    func held(_ groups: [String]) async throws(EngineFailure) -> [MariaDBHeld] {
        guard !groups.isEmpty else { return [] }
        var found: [MariaDBHeld] = []
        // As many as the guard takes at once.
        for start in stride(from: 0, to: groups.count, by: 50) {
            let some = Array(groups[start..<min(start + 50, groups.count)])
            let rows = try await ask("CALL mayfly.held(?)", [try GuardMembers.json(some)])
            do throws(MariaDBError) {
                for row in rows { found.append(try read(row)) }
            } catch { throw EngineFailure(error) }
        }
        return found
    }

    private func read(_ row: MariaDBRow) throws(MariaDBError) -> MariaDBHeld {
        guard let source = MariaDBHeld.Source(rawValue: try row.string("source")) else {
            throw .unexpectedAnswer("source")
        }
        let (kind, name, part) = (try row.string("kind"), try row.string("name"), try row.string("part"))
        let what: MariaDBHeld.What
        switch kind {
        case "group": what = .role
        case "account": what = .account
        case "mark": what = .mark(try row.string("rights"))
        case "role":
            do throws(EngineFailure) {
                what = .membership(try MariaDBQuoting.role(name, host: isMySQL ? part : nil))
            } catch { throw .unexpectedAnswer(error.message) }
        default:
            what = .rights(
                try MariaDBGrant.read(
                    kind: kind == "everything" && !isMySQL ? "bits" : kind,
                    place: try row.string("place"), name: name, part: part,
                    rights: try row.string("rights")))
        }
        return MariaDBHeld(
            group: try row.string("granted"), source: source, what: what, isGone: try row.bool("gone"))
    }
}
