import HummingbirdCore
import MayflyAPI
import MayflyCore
import MayflyTrail

/// The audit log as a verifier wants it, and its checkpoints.
extension Routes {
    func exportAudit(_ call: Call) throws(Refusal) -> Action {
        let search = try call.query(as: AuditExportSearch.self)
        return .identified { broker, identity throws(Refusal) in
            let place = try streams.take(uid: identity.uid)
            let stream = try await AuditExportStream(
                broker: broker, after: search.after ?? 0, to: search.to, signedUpTo: await seal(),
                by: identity,
                place: place)
            return .stream(ResponseBody(asyncSequence: stream), as: .lines)
        }
    }

    func auditCheckpoints(_ call: Call) throws(Refusal) -> Action {
        let search = try call.query(as: CheckpointSearch.self)
        let limit = search.limit ?? 100
        let newest = search.newest ?? false
        return .identified { broker, _ throws(Refusal) in
            let found = try await broker.checkpoints(
                CheckpointQuery(after: search.after ?? 0, newest: newest, limit: newest ? limit : limit + 1))
            let page = found.prefix(limit).map { MayflyAPI.AuditCheckpoint($0) }
            return try .json(
                AuditCheckpointList(checkpoints: page, next: found.count > limit ? page.last?.number : nil))
        }
    }
}
