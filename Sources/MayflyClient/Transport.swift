import AsyncHTTPClient
import Foundation
import MayflyAPI
import NIOCore
import NIOHTTP1

/// Calls over the socket: bounded in time and size, repeated where that is safe, every failure a `MayflyError`.
struct Transport: Sendable {
    /// A page of a thousand audit records stays far below.
    static let largestReply = 16 << 20
    /// All tries of one call, the first included.
    static let tries = 3

    struct Reply: Sendable {
        var status: Int
        var contentType: String
        var body: [UInt8]
    }

    let socket: String
    let timeout: Duration
    private let http: HTTPClient
    private let token: TokenSource?

    init(socket: String, timeout: Duration, token: TokenSource? = nil) {
        self.token = token
        self.socket = socket
        self.timeout = timeout
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        // A missing socket is an answer, not something to wait for.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func shutdown() async {
        do {
            try await http.shutdown()
        } catch {
            // Shut down already: there is nothing left to close.
        }
    }

    /// Calls a route and decodes its reply.
    func call<Result: WireObject>(
        _ route: Route, id: String? = nil, query: String = "", body: (any WireRequest)? = nil,
        headers: [(String, String)] = [], code: String? = nil, alsoAccept status: Int? = nil
    ) async throws(MayflyError) -> Result {
        let reply = try await exchange(
            route, id: id, query: query, body: body, headers: headers, code: code, alsoAccept: status)
        do {
            return try MayflyJSON.decoder().decode(Result.self, from: Data(reply.body))
        } catch {
            // The error may quote the reply, and that may hold a password: neither is passed on.
            throw MayflyError(
                .unreadableReply, "the reply to \(route.operationID) is not what this version understands",
                hint: "are mayfly and mayflyd of the same version?")
        }
    }

    /// Calls a route. Every route may be repeated: a create carries its idempotency key, a revocation is idempotent,
    /// and a renewal repeated moves the end to the same place. Only a code works once: with one there is one try, as the
    /// repeat would be refused for it and hide what became of the call.
    func exchange(
        _ route: Route, id: String? = nil, query: String = "", body: (any WireRequest)? = nil,
        headers: [(String, String)] = [], code: String? = nil, alsoAccept: Int? = nil
    ) async throws(MayflyError) -> Reply {
        let headers = headers + (code.map { [(MayflyHeader.code, $0)] } ?? [])
        let tries = code == nil ? Self.tries : 1
        let prepared = try prepare(route, id: id, query: query, body: body, headers: headers)
        let reply = try await deadline { [self] in
            let request = try await identified(prepared, route)
            var wait = Duration.milliseconds(50)
            for attempt in 1... {
                do {
                    return try await once(request)
                } catch {
                    let failure = MayflyError.transport(error)
                    // Once a reply was lost, a daemon that is just restarting is worth waiting for too.
                    let again =
                        failure.code == .connectionLost || (attempt > 1 && failure.code == .daemonUnreachable)
                    guard again, attempt < tries else { throw failure }
                }
                try await Task.sleep(for: wait)
                wait *= 4
            }
            // Not reached: the loop has no end of its own.
            throw MayflyError(.connectionLost, "the connection was lost")
        }
        guard (200..<300).contains(reply.status) || reply.status == alsoAccept else {
            throw problem(in: reply)
        }
        guard !reply.contentType.hasPrefix(MayflyJSON.problemContentType) else { throw problem(in: reply) }
        let wanted = route == .metrics ? "text/plain" : MayflyJSON.contentType
        guard reply.contentType.hasPrefix(wanted) else { throw notMayfly() }
        return reply
    }

    /// Opens an endless reply.
    func open(_ route: Route, id: String? = nil, query: String = "") async throws(MayflyError)
        -> HTTPClientResponse
    {
        let prepared = try prepare(route, id: id, query: query, body: nil, headers: [])
        let response = try await deadline { [self] in
            try await http.execute(try await identified(prepared, route), deadline: .distantFuture)
        }
        let contentType = response.headers.first(name: "Content-Type") ?? ""
        guard response.status == .ok else {
            let body = try await deadline {
                try await Array(response.body.collect(upTo: Self.largestReply).readableBytesView)
            }
            throw problem(in: Reply(status: Int(response.status.code), contentType: contentType, body: body))
        }
        guard contentType.hasPrefix(MayflyJSON.streamContentType) else { throw notMayfly() }
        return response
    }

    /// With the token, where one is to be sent; not where nobody asks who calls.
    private func identified(_ request: HTTPClientRequest, _ route: Route) async throws(MayflyError)
        -> HTTPClientRequest
    {
        guard let token, route.access != .anyone else { return request }
        var request = request
        request.headers.add(name: "Authorization", value: "Bearer \(try await token.read())")
        return request
    }

    private func once(_ request: HTTPClientRequest) async throws -> Reply {
        let response = try await http.execute(request, deadline: .distantFuture)
        let body = try await response.body.collect(upTo: Self.largestReply)
        return Reply(
            status: Int(response.status.code),
            contentType: response.headers.first(name: "Content-Type") ?? "",
            body: Array(body.readableBytesView))
    }

    private func prepare(
        _ route: Route, id: String?, query: String, body: (any WireRequest)?, headers: [(String, String)]
    ) throws(MayflyError) -> HTTPClientRequest {
        let path = id.map(route.path(id:)) ?? route.path
        // https://datatracker.ietf.org/doc/html/rfc3986: letters and digits need no encoding in a host.
        guard let host = socket.addingPercentEncoding(withAllowedCharacters: .alphanumerics) else {
            throw MayflyError(.daemonUnreachable, "the socket's path is not valid UTF-8")
        }
        var request = HTTPClientRequest(
            url: "http+unix://\(host)\(path)" + (query.isEmpty ? "" : "?\(query)"))
        request.method = HTTPMethod(rawValue: route.method.rawValue)
        // Any other Host is refused by the daemon, against web pages that rebind a name to us.
        request.headers.add(name: "Host", value: "localhost")
        request.headers.add(name: "Accept", value: MayflyJSON.contentType)
        request.headers.add(name: "User-Agent", value: "mayfly-client/1")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            do {
                request.body = .bytes(ByteBuffer(bytes: try MayflyJSON.encoder().encode(body)))
            } catch {
                throw MayflyError(.init(rawValue: "invalid_request"), "the request cannot be written as JSON")
            }
            request.headers.add(name: "Content-Type", value: MayflyJSON.contentType)
        }
        return request
    }

    /// Runs `work`, cancelled when the time is over.
    private func deadline<Value: Sendable>(_ work: @Sendable @escaping () async throws -> Value)
        async throws(MayflyError) -> Value
    {
        do {
            return try await withThrowingTaskGroup(of: Value?.self) { group in
                group.addTask { try await work() }
                group.addTask {
                    try await Task.sleep(for: timeout)
                    return nil
                }
                defer { group.cancelAll() }
                // Two tasks were added, so that the first `next()` has one to give.
                guard let first = try await group.next(), let value = first else {
                    throw MayflyError(
                        .timedOut, "no answer within \(timeout)",
                        hint: "what was asked for may still have happened; look before you repeat it")
                }
                return value
            }
        } catch {
            throw located(MayflyError.transport(error))
        }
    }

    private func problem(in reply: Reply) -> MayflyError {
        guard reply.contentType.hasPrefix(MayflyJSON.problemContentType) else { return notMayfly() }
        do {
            return MayflyError(try MayflyJSON.decoder().decode(Problem.self, from: Data(reply.body)))
        } catch {
            return MayflyError(
                .unreadableReply, "the daemon refused with status \(reply.status), without saying why")
        }
    }

    private func notMayfly() -> MayflyError {
        located(MayflyError(.notMayfly, "what answers there is not a mayflyd"))
    }

    /// Names the socket where the message is about it.
    private func located(_ error: MayflyError) -> MayflyError {
        var error = error
        switch error.code {
        case .daemonUnreachable, .socketDenied, .notMayfly:
            error.message = "\(socket): \(error.message)"
        default: break
        }
        return error
    }
}
