import HummingbirdCore
import MayflyAPI
import MayflyCore

/// What people do with requests that wait: approve, deny, withdraw, redeem, follow; and extensions of leases.
extension Routes {
    func vote(_ verdict: Vote.Verdict, _ call: Call) throws(Refusal) -> Action {
        let reason = try Self.reason(try call.body(as: DecideRequest.self).string(.reason))
        return .identified { broker, identity throws(Refusal) in
            let request = try await broker.vote(verdict, on: call.id, reason: reason, by: identity)
            return try .json(MayflyAPI.AccessRequest(request))
        }
    }

    func attachApproval(_ call: Call) throws(Refusal) -> Action {
        let approval = try call.body(as: AttachApproval.self).required(.approval)
        return .identified { broker, identity throws(Refusal) in
            try .json(MayflyAPI.AccessRequest(try await broker.attach(approval, to: call.id, by: identity)))
        }
    }

    func withdrawRequest(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        try Self.noBody(call)
        return .identified { broker, identity throws(Refusal) in
            try .json(MayflyAPI.AccessRequest(try await broker.withdraw(call.id, by: identity)))
        }
    }

    func redeemRequest(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        try Self.noBody(call)
        let key = call.idempotencyKey
        return .identified { broker, identity throws(Refusal) in
            let issued = try await broker.redeem(call.id, by: identity, idempotencyKey: key)
            return try .json(RequestReply(issued), status: issued.isRepeated ? 200 : 201)
        }
    }

    func followRequest(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .identified { broker, identity throws(Refusal) in
            let place = try streams.take(uid: identity.uid)
            let request = try await broker.request(call.id, by: identity)
            let stream = RequestStream(
                broker: broker, directory: directory, identity: identity, request: request.id,
                timekeeper: timekeeper, format: call.streamFormat, place: place)
            return .stream(ResponseBody(asyncSequence: stream), as: call.streamFormat)
        }
    }

    func extendLease(_ call: Call) throws(Refusal) -> Action {
        let body = try call.body(as: ExtendRequest.self)
        guard let seconds = try body.integer(.ttlSeconds) else {
            throw Refusal(
                .invalidRequest, "ttl_seconds is missing", field: "ttl_seconds",
                hint: "say how much longer, in seconds")
        }
        let ttl = try TTL(seconds: seconds)
        let reason = try Self.reason(try body.string(.reason))
        let ticket = try body.string(.ticket).map { text throws(Refusal) in try Ticket(parsing: text) }
        let key = call.idempotencyKey
        return .identified { broker, identity throws(Refusal) in
            let answer = try await broker.extend(
                call.id, ttl: ttl, reason: reason, ticket: ticket, by: identity, idempotencyKey: key)
            let reply = ExtendReply(
                request: MayflyAPI.AccessRequest(answer.request),
                lease: answer.lease.map { MayflyAPI.Lease($0) })
            return try .json(reply, status: answer.request.state.isFinal ? 200 : 202)
        }
    }
}
