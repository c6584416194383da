import Foundation
import Logging
import MayflyCore

/// Requests for a part of a profile's scope.
///
/// Whether it is a part, the server says when the lease is made: it alone knows what the groups have, and its guard gives no
/// more. What people are to decide on is held against it before they are asked.
extension Broker {
    func checkNarrows(
        _ narrowing: Narrowing?, of profile: ProfileName, _ database: AdministeredDatabase
    ) throws(Refusal) {
        guard let narrowing, !database.engine.narrows || database.definition.mode != .guard else { return }
        throw Refusal(
            .invalidRequest,
            "narrowing is not available on \(database.definition.engine.rawValue)"
                + (database.definition.mode == .guard ? "" : " without a guard")
                + ": \(narrowing.text.quoted(limit: 80)) cannot be asked for by itself",
            field: narrowing.wholeTables.isEmpty ? "columns" : "tables",
            hint: "ask for all that \(profile) gives, or have a profile made that gives less")
    }

    /// Refuses a narrowed request that could not be carried out, before people are asked. A server that cannot be asked
    /// now is asked when the lease is made.
    func foresee(
        _ request: LeaseRequest, _ grant: Grant, at database: AdministeredDatabase, by identity: Identity,
        _ now: Date
    ) async throws(Refusal) {
        guard let scope = NarrowedScope(of: grant.profile.memberOf, to: request.narrowing) else { return }
        try checkNarrows(request.narrowing, of: request.profile, database)
        do throws(EngineFailure) { _ = try await database.engine.preview(scope) } catch {
            switch error.kind {
            case .refusedByGuard, .guardUnusable, .invalid, .tooMany:
                let refusal = Refusal(error, database: database.definition.name)
                try await recordDenied(request, by: identity, refusal, now)
                throw refusal
            case .unreachable, .notAuthenticated, .outcomeUnknown, .overloaded, .readOnly, .replica,
                .serverError:
                logger.warning(
                    "narrowing not foreseen",
                    metadata: ["database": "\(database.definition.name)", "failure": "\(error)"])
            }
        }
    }
}
