import Foundation
import HTTPTypes
import HummingbirdCore
import Logging
import MayflyAPI
import MayflyCore
import NIOCore

/// Takes a request to its route and the answer back: the one way in.
///
/// In this order: no web pages; the route; who calls, by the kernel and then by a token; the body; the parts of the call; the broker.
struct Dispatcher: Sendable {
    let broker: any BrokerService
    let directory: IdentityDirectory
    let routes: Routes
    let limits: HTTPLimits
    let timekeeper: Timekeeper
    let logger: Logger
    let refusals: RefusalLimiter
    let calls: PlaceLedger
    let reads = ReadLedger()

    /// What became known of a call on its way, for the log.
    private struct Trace {
        let call: CallTrace
        var id: String { call.id }
        var route: Route?
        var peer: PeerCredentials?
        var identity: Identity?
        var tokenFailure: TokenFailure?
    }

    func respond(to request: Request, on connection: Connection) async throws -> Response {
        let start = ContinuousClock.now
        var trace = Trace(
            call: CallTrace(id: UUID().uuidString.lowercased(), startedAt: timekeeper.now()))
        var reply: Reply
        do throws(Rejection) {
            reply = try await answer(request, connection, &trace)
        } catch {
            reply = await rejected(error, trace)
        }
        if let hangUp = reply.onHangUp { connection.onClose(hangUp) }
        reply.requestID = trace.id
        log(reply, trace, method: request.method.rawValue, took: start.duration(to: .now))
        return reply.response
    }

    private func answer(
        _ request: Request, _ connection: Connection, _ trace: inout Trace
    ) async throws(Rejection) -> Reply {
        guard let peer = connection.peer else {
            throw .notServed(Problem(.identityUnavailable, detail: "the kernel does not say who you are"))
        }
        trace.peer = peer
        try WebPageGuard.check(request)
        let place: PlaceLedger.Place
        do { place = try calls.take(uid: peer.uid) } catch { throw .notServed(Problem(error)) }
        defer { withExtendedLifetime(place) {} }
        let target = try RequestTarget(request.head.path ?? "")
        let (route, id) = try match(request, target)
        trace.route = route
        // The one place where the route table's permission is applied.
        if route.access != .anyone {
            trace.identity = try await identify(peer)
            let identity = try await bearing(request, over: peer, &trace)
            if route.access == .auditor { try await requireAuditor(identity) }
            if route.access == .administrator { try await requireAdministrator(identity) }
        }
        let body = route.method == .post ? try await BodyCollector(limit: limits.body).collect(request) : []
        let action: Action
        let code: OneTimeCode?
        do throws(Refusal) {
            code = try CodeHeader.read(request.headers, for: route)
            let call = Call(
                route: route, id: id, query: try QueryString.items(of: target.query), body: body,
                idempotencyKey: try IdempotencyKey.read(request.headers),
                streamFormat: StreamFormat(request.headers),
                lastEventID: try LastEventID.read(request.headers))
            action = try routes.action(for: call)
        } catch {
            throw .malformed(error)
        }
        do throws(Refusal) {
            switch (action, trace.identity) {
            case (.open(let run), _) where route.access == .anyone: return try await run(broker)
            case (.identified(let run), .some(var identity)):
                // The call itself is right by now: a mistake in it costs no code.
                if let code {
                    identity.mfa = try await broker.prove(code, for: route.operationID, by: identity)
                }
                // Before it is answered: what cannot be recorded is not shown.
                try await recordRead(target, trace, by: identity)
                return try await run(broker, identity)
            case (.open, _), (.identified, nil):
                throw Refusal(.internal, "the route's handler does not fit its permission")
            }
        } catch {
            throw .refused(error)
        }
    }

    private func match(_ request: Request, _ target: RequestTarget) throws(Rejection) -> (Route, String) {
        switch RouteMatch(method: request.method.rawValue, path: target.path) {
        case .route(let route, let id): return (route, id)
        case .otherMethod(let allowed):
            let allow = allowed.joined(separator: ", ")
            throw .notServed(
                Problem(.methodNotAllowed, detail: "this path takes \(allow)", hint: "see /v1/openapi.json"),
                allow: allow)
        case .none:
            throw .notServed(
                Problem(
                    .notFound, detail: "no such path: \(String(target.path).quoted())",
                    hint: "see /v1/openapi.json"))
        }
    }

    private func requireAuditor(_ identity: Identity) async throws(Rejection) {
        guard await broker.roles(of: identity).isEmpty else { return }
        throw .notServed(
            Problem(
                .denied, detail: "this call is for auditors and administrators",
                hint: "they are named in the configuration: `auditors`, `administrators`"))
    }

    private func requireAdministrator(_ identity: Identity) async throws(Rejection) {
        guard !(await broker.roles(of: identity)).contains(.administrator) else { return }
        throw .notServed(
            Problem(
                .denied, detail: "this call is for administrators",
                hint: "they are named in the configuration: `administrators`"))
    }

    private func identify(_ peer: PeerCredentials) async throws(Rejection) -> Identity {
        do { return try await directory.identity(of: peer) } catch {
            logger.warning("caller not identified", metadata: ["uid": "\(peer.uid)", "error": "\(error)"])
            throw .notServed(
                Problem(.identityUnavailable, detail: error.description, hint: "try again in a moment"))
        }
    }

    /// Who the caller is with the token that the call brings. A bad one refuses the call: who means to be somebody else
    /// than the socket says is never taken for that.
    private func bearing(
        _ request: Request, over peer: PeerCredentials, _ trace: inout Trace
    ) async throws(Rejection) -> Identity {
        guard var identity = trace.identity else {
            throw .refused(Refusal(.internal, "the caller is not known"))
        }
        do throws(TokenFailure) {
            identity.call = trace.call
            trace.identity = identity
            guard let token = try BearerToken.read(request.headers) else { return identity }
            identity.token = try await broker.identity(bearing: token)
        } catch {
            trace.tokenFailure = error
            logger.info(
                "token not taken", metadata: ["uid": "\(peer.uid)", "failure": "\(error.rawValue)"])
            throw .notServed(Problem(error))
        }
        trace.identity = identity
        return identity
    }

    private func rejected(_ rejection: Rejection, _ trace: Trace) async -> Reply {
        var problem: Problem
        var allow: String?
        switch rejection {
        case .malformed(let found):
            problem = found
            await record(.requestMalformed, problem, trace)
        case .notServed(let found, let methods):
            problem = found
            allow = methods
            if [.foreignOrigin, .denied, .tokenInvalid].contains(problem.code) || trace.tokenFailure != nil {
                await record(.accessDenied, problem, trace)
            }
        case .refused(let refusal):
            problem = Problem(refusal)
            if refusal.code == .internal {
                logger.error(
                    "internal error", metadata: ["id": "\(trace.id)", "error": "\(refusal.message)"])
                problem.detail = "something went wrong here; the daemon's log knows more"
            }
        }
        problem.instance = trace.id
        return .problem(problem, allow: allow)
    }

    /// What auditors and administrators read of others goes on record, the same question once a minute.
    private func recordRead(
        _ target: RequestTarget, _ trace: Trace, by identity: Identity
    ) async throws(Refusal) {
        guard let route = trace.route, route.showsOthers, !(await broker.roles(of: identity)).isEmpty else {
            return
        }
        let now = timekeeper.now()
        guard let asked = try? QueryString.items(of: target.query),  // it was read before
            !asked.contains(where: { $0.name == "mine" && $0.value == "true" })
        else { return }
        let path = String(target.path).quoted(limit: 120)
        // Somebody who turns pages asks the same question; of what is exported the extent is the question.
        let paging = route == .exportAudit ? [] : ["after", "before", "limit", "newest"]
        let filter = asked.filter { !paging.contains($0.name) }
            .map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        var details = ["route": route.rawValue, "path": path]
        if !filter.isEmpty { details["filter"] = filter.quoted(limit: 400) }
        let event = AuditEvent(at: now, actor: .person(identity), action: .auditRead, details: details)
        do throws(Refusal) {
            try await reads.admit(identity.key, "\(path) \(filter)", now: now) { () throws(Refusal) in
                try await broker.recordRead(event)
            }
        } catch {
            // Whoever has to end access while nothing can be written has to see what there is to end.
            guard route == .leases || route == .showLease else { throw error }
            logger.error(
                "a read of leases is not on record",
                metadata: ["identity": "\(identity.key)", "path": "\(path)"])
        }
    }

    /// Malformed and forbidden calls go on record, with what was wrong and never with what was sent.
    private func record(_ action: AuditEvent.Action, _ problem: Problem, _ trace: Trace) async {
        let now = timekeeper.now()
        guard let peer = trace.peer, let leftOut = refusals.admit(peer.uid, now: now) else { return }
        let identity =
            trace.identity
            ?? Identity(
                uid: peer.uid, user: "uid:\(peer.uid)", groups: [], pid: peer.knownPID, call: trace.call)
        var details = ["code": problem.code.rawValue]
        details["route"] = trace.route?.rawValue
        details["field"] = problem.field.map { $0.quoted(limit: 64) }
        details["token"] = trace.tokenFailure?.rawValue
        if leftOut > 0 { details["left_out"] = String(leftOut) }
        await broker.recordRefused(
            AuditEvent(at: now, actor: .person(identity), action: action, outcome: .denied, details: details))
    }

    private func log(_ reply: Reply, _ trace: Trace, method: String, took: Duration) {
        let isRoutine = trace.route == .health || trace.route == .metrics
        logger.log(
            level: isRoutine && reply.problem == nil ? .debug : .info, "call",
            metadata: [
                "id": "\(trace.id)", "method": "\(method.quoted(limit: 16))",
                "route": "\(trace.route?.rawValue ?? "none")", "status": "\(reply.status)",
                "code": "\(reply.problem?.code.rawValue ?? "ok")", "uid": "\(trace.peer?.uid ?? .max)",
                "user": "\(trace.identity?.user ?? "")",
                "token": "\(trace.identity?.token == nil ? "" : trace.identity?.key ?? "")",
                "ms": "\((took / .milliseconds(1)).rounded())",
            ])
    }
}
