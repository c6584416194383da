import Foundation
import MayflyAPI
import MayflyCore
import MayflyTesting
import NIOCore
import Testing

@testable import MayflyServer

@Suite struct HTTPLimitsTests {
    static func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
        var limits = HTTPLimits()
        change(&limits)
        return limits
    }

    @Test("A client that sends its head byte by byte is cut, and others are served meanwhile")
    func slowHead() async throws {
        try await HTTPTestServer.run(limits: Self.limits { $0.headTimeout = .seconds(5) }) { server in
            let slow = try server.connect()
            try await slow.send("GET /v1/who")
            #expect(try await server.call("GET", "/v1/whoami").status == 200)
            #expect(try await slow.untilClosed().isEmpty)
        }
    }

    @Test("A client that never finishes its body is cut, and nothing is done for it")
    func slowBody() async throws {
        try await HTTPTestServer.run(limits: Self.limits { $0.bodyTimeout = .milliseconds(300) }) { server in
            let slow = try server.connect()
            try await slow.send(
                "POST /v1/requests HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{\"profile\":\"orders-read\"}"
            )
            _ = try await slow.untilClosed()
            #expect(server.broker.issued == 0)
        }
    }

    @Test("An idle connection is closed")
    func idle() async throws {
        try await HTTPTestServer.run(limits: Self.limits { $0.idleTimeout = .seconds(5) }) { server in
            let silent = try server.connect()
            let kept = try server.connect()
            #expect(try await kept.call("GET", "/v1/whoami").status == 200)
            #expect(try await silent.untilClosed().isEmpty)
            #expect(try await kept.untilClosed().isEmpty)
        }
    }

    @Test("A thousand idle connections keep nobody else waiting")
    func thousandIdle() async throws {
        let limits = Self.limits { $0.connectionsPerUID = 1100 }
        try await HTTPTestServer.run(limits: limits) { server in
            var idle: [HTTPRawConnection] = []
            for _ in 0..<1000 { idle.append(try server.connect()) }
            let start = ContinuousClock.now
            #expect(try await server.call("GET", "/v1/whoami").status == 200)
            #expect(start.duration(to: .now) < .seconds(20))
            #expect(idle.count == 1000)
        }
    }

    @Test("A uid has so many connections and no more; when one is closed there is room again")
    func perUID() async throws {
        try await HTTPTestServer.run(limits: Self.limits { $0.connectionsPerUID = 3 }) { server in
            var held: [HTTPRawConnection] = []
            for _ in 0..<3 {
                let connection = try server.connect()
                #expect(try await connection.call("GET", "/v1/whoami").status == 200)
                held.append(connection)
            }
            #expect(try await server.connect().untilClosed().isEmpty)
            held.removeLast()
            try await eventually("the connections are counted") {
                do { return try await server.call("GET", "/v1/whoami").status == 200 } catch { return false }
            }
        }
    }

    @Test("A connection serves many calls, also sent at once")
    func pipelined() async throws {
        try await HTTPTestServer.run { server in
            let connection = try server.connect()
            for _ in 0..<5 { #expect(try await connection.call("GET", "/v1/whoami").status == 200) }
            try await connection.send(
                String(repeating: "GET /v1/whoami HTTP/1.1\r\nHost: mayfly\r\n\r\n", count: 2)
                    + "GET /v1/health HTTP/1.1\r\nConnection: close\r\n\r\n")
            let text = String(decoding: try await connection.untilClosed(), as: UTF8.self)
            #expect(text.components(separatedBy: "HTTP/1.1 200 OK").count == 4)
        }
    }

    @Test("A call in flight is answered when the daemon ends; new connections are not taken")
    func gracefulEnd() async throws {
        let (held, release) = AsyncStream.makeStream(of: Void.self)
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let broker = HTTPFakeBroker(beforeIssue: {
            enter.finish()
            for await _ in held {}
        })
        try await HTTPTestServer.run(broker: broker) { server in
            let connection = try server.connect()
            let body = #"{"profile":"orders-read"}"#
            try await connection.send(
                "POST /v1/requests HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            for await _ in entered {}
            await server.end()
            try await eventually("the connections are counted") {
                do {
                    _ = try await server.connect().call("GET", "/v1/health")
                    return false
                } catch { return true }
            }
            release.finish()
            #expect(try await connection.reply().status == 201)
        }
    }

    @Test("A call that does not end is cut when the time for it is over")
    func boundedEnd() async throws {
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let broker = HTTPFakeBroker(beforeIssue: {
            enter.finish()
            // Until cancelled.
            do { try await Task.sleep(for: .seconds(3600)) } catch {}
        })
        let limits = Self.limits { $0.drain = .milliseconds(200) }
        try await HTTPTestServer.run(broker: broker, limits: limits) { server in
            let connection = try server.connect()
            let body = #"{"profile":"orders-read"}"#
            try await connection.send(
                "POST /v1/requests HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            for await _ in entered {}
            await server.end()
            _ = try await connection.untilClosed()
        }
    }
}
