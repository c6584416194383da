public import Foundation
public import MayflyAPI

extension MayflyClient {
    /// Asks for access. The credential in the reply is there only this once.
    ///
    /// When the reply is lost on its way, the call is repeated with the same key: the daemon then answers with the
    /// same lease and a fresh password, instead of making a second one.
    ///
    /// - Parameters:
    ///   - request: profile, TTL in seconds, reason and ticket.
    ///   - idempotencyKey: 1 to 128 printable ASCII characters, new for each wish. Pass one of your own to repeat the
    ///     call even after your process died.
    ///   - code: of the caller's second factor, six digits, where a rule demands one. It works once: a call that brings
    ///     one is not repeated by itself; repeat it with the same key and a new code.
    public func request(
        _ request: CreateRequest, idempotencyKey: String = UUID().uuidString.lowercased(), code: String? = nil
    ) async throws(MayflyError) -> RequestReply {
        try await transport.call(
            .createRequest, body: request, headers: [(MayflyHeader.idempotencyKey, idempotencyKey)],
            code: code)
    }

    /// What would be decided on a request, and why. Nothing is recorded or given out.
    public func explain(_ request: ExplainRequest) async throws(MayflyError) -> Explanation {
        try await transport.call(.explain, body: request)
    }

    /// One page of requests, newest first.
    public func requests(_ search: RequestSearch = RequestSearch()) async throws(MayflyError) -> RequestList {
        try await transport.call(.requests, query: search.query)
    }

    /// One request. Whoever decides on it sees its `context`.
    /// - Parameter id: the request's id, or an unambiguous beginning of it.
    public func request(id: String) async throws(MayflyError) -> AccessRequest {
        try await transport.call(.showRequest, id: id)
    }

    /// Approves a request of somebody else.
    /// - Parameter code: as for `request`.
    public func approve(_ id: String, reason: String? = nil, code: String? = nil) async throws(MayflyError)
        -> AccessRequest
    {
        try await transport.call(.approveRequest, id: id, body: DecideRequest(reason: reason), code: code)
    }

    /// Denies a request of somebody else, which ends it.
    /// - Parameter code: as for `request`.
    public func deny(_ id: String, reason: String, code: String? = nil) async throws(MayflyError)
        -> AccessRequest
    {
        try await transport.call(.denyRequest, id: id, body: DecideRequest(reason: reason), code: code)
    }

    /// Hands in a signed approval for a request that waits, whoever's it is.
    /// - Parameter approval: a compact JWS of an approval authority that the daemon knows.
    public func attach(approval: String, to id: String) async throws(MayflyError) -> AccessRequest {
        try await transport.call(.attachApproval, id: id, body: AttachApproval(approval: approval))
    }

    /// Takes a request of one's own back.
    public func withdraw(_ id: String) async throws(MayflyError) -> AccessRequest {
        try await transport.call(.withdrawRequest, id: id)
    }

    /// Fetches the credential of an approved request of one's own. It is there only this once.
    /// - Parameters:
    ///   - idempotencyKey: as for `request`.
    ///   - code: as for `request`.
    public func redeem(
        _ id: String, idempotencyKey: String = UUID().uuidString.lowercased(), code: String? = nil
    ) async throws(MayflyError) -> RequestReply {
        try await transport.call(
            .redeemRequest, id: id, headers: [(MayflyHeader.idempotencyKey, idempotencyKey)], code: code)
    }

    /// The request as it stands, and again whenever it changes, until it has ended.
    ///
    /// ```swift
    /// for try await request in try await client.follow(id) where request.state == .approved {
    ///     print(try await client.redeem(id).credential?.username ?? "none")
    /// }
    /// ```
    public func follow(_ id: String) async throws(MayflyError) -> RequestFeed {
        RequestFeed(try await transport.open(.followRequest, id: id))
    }
}
