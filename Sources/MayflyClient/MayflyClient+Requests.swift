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
    public func request(
        _ request: CreateRequest, idempotencyKey: String = UUID().uuidString.lowercased()
    ) async throws(MayflyError) -> RequestReply {
        try await transport.call(
            .createRequest, body: request, headers: [(MayflyHeader.idempotencyKey, idempotencyKey)])
    }

    /// One page of requests, newest first.
    public func requests(_ search: RequestSearch = RequestSearch()) async throws(MayflyError) -> RequestList {
        try await transport.call(.requests, query: search.query)
    }

    /// One request.
    /// - Parameter id: the request's id, in full.
    public func request(id: String) async throws(MayflyError) -> AccessRequest {
        try await transport.call(.showRequest, id: id)
    }
}
