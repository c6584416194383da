import Foundation
import MayflyAPI
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyServer

@Suite struct HTTPHardeningTests {
    static let bodies: [(String, String?)] = [
        ("", "profile"), ("{", nil), ("[]", nil), ("null", nil), ("{}", "profile"),
        (#"{"profile":"orders-read"} x"#, nil), (#"{"profile":"orders-read","profile":"b"}"#, "profile"),
        (#"{"profile":7}"#, "profile"), (#"{"profile":"orders-read","ttl_seconds":"30m"}"#, "ttl_seconds"),
        (#"{"profile":"orders-read","ttl_seconds":1.5}"#, "ttl_seconds"),
        (#"{"profile":"orders-read","ttl_seconds":99999999999999999999}"#, "ttl_seconds"),
        (#"{"profile":"orders-read","ttl_secconds":60}"#, "ttl_secconds"),
        (#"{"profile":"a\u0000b"}"#, nil), ("{\"profile\":\"a\u{1}b\"}", nil),
        (#"{"profile":"\ud800"}"#, nil),
        (#"{"profile":"o'; DROP ROLE x; --"}"#, "profile"), (#"{"profile":"\"quoted\\\""}"#, "profile"),
        (#"{"profile":"größe"}"#, "profile"),
        ("{\"profile\":\"\(String(repeating: "a", count: 200))\"}", "profile"),
        (String(repeating: "[", count: 30_000), nil),
        (#"{"profile":"orders-read","reason":["a"]}"#, "reason"),
    ]

    @Test("A malformed body is refused as a problem that names the member", arguments: bodies)
    func malformedBody(_ body: String, _ field: String?) async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call("POST", "/v1/requests", body: body)
            #expect(reply.status == 400)
            let problem = try reply.problem()
            #expect(problem.code == .invalidRequest)
            #expect(problem.field == field)
            #expect(problem.instance == reply.headers["x-request-id"])
            #expect(server.broker.issued == 0)
            let refused = server.broker.refused
            #expect(refused.map(\.action) == [.requestMalformed])
        }
    }

    static let values: [(String, ProblemCode)] = [
        (#""ttl_seconds":0"#, .ttlInvalid), (#""ttl_seconds":-5"#, .ttlInvalid),
        (#""ttl_seconds":99999999"#, .ttlAboveMaximum), (#""ttl_seconds":86400"#, .ttlAboveMaximum),
        (#""reason":"two\nlines""#, .reasonInvalid), (#""reason":"   ""#, .reasonInvalid),
        ("\"reason\":\"\(String(repeating: "r", count: 3000))\"", .reasonInvalid),
        (#""ticket":"a\tb""#, .ticketInvalid),
    ]

    @Test("A value that is none of its kind is refused with its own code", arguments: values)
    func badValue(_ member: String, _ code: ProblemCode) async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call(
                "POST", "/v1/requests", body: "{\"profile\":\"orders-read\",\(member)}")
            let problem = try reply.problem()
            #expect(problem.code == code)
            #expect(reply.status == code.status)
            if code == .ttlAboveMaximum { #expect(problem.members["maximum_ttl_seconds"] != nil) }
        }
    }

    @Test("Invalid UTF-8 in a body is refused")
    func invalidUTF8() async throws {
        try await HTTPTestServer.run { server in
            let connection = try server.connect()
            let body: [UInt8] = Array(#"{"profile":"a"#.utf8) + [0xFF] + Array("\"}".utf8)
            try await connection.send(
                Array(
                    "POST /v1/requests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
                        .utf8) + body)
            #expect(try await connection.reply().problem().code == .invalidRequest)
        }
    }

    @Test("A body of another type, in chunks or too large is refused, and the server goes on")
    func unfitBodies() async throws {
        try await HTTPTestServer.run { server in
            let form = try await server.call(
                "POST", "/v1/requests",
                headers: ["Host: localhost", "Content-Type: text/plain", "Content-Length: 0"])
            #expect(form.status == 400)
            let typed = try server.connect()
            try await typed.send(
                "POST /v1/requests HTTP/1.1\r\nHost: mayfly\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"
            )
            #expect(try await typed.reply().problem().code == .unsupportedMediaType)
            let chunked = try server.connect()
            try await chunked.send(
                "POST /v1/requests HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
            #expect(try await chunked.reply().problem().field == "Transfer-Encoding")
            let large = try await server.call(
                "POST", "/v1/requests", body: String(repeating: " ", count: 100_000))
            #expect(large.status == 413)
            #expect(try large.problem().code == .tooLarge)
            #expect(try await server.call("GET", "/v1/whoami").status == 200)
        }
    }

    @Test("A body that breaks off is never taken for the whole")
    func brokenBody() async throws {
        try await HTTPTestServer.run { server in
            do {
                let connection = try server.connect()
                try await connection.send(
                    "POST /v1/requests HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"profile\":\"orders-read\"}"
                )
            }
            #expect(try await server.call("GET", "/v1/whoami").status == 200)
            try await eventually("it is on record") { server.broker.refused.count == 1 }
            #expect(server.broker.issued == 0)
        }
    }

    @Test("Headers that are too large get a problem, and what is not HTTP as well")
    func notHTTP() async throws {
        try await HTTPTestServer.run { server in
            let large = try server.connect()
            try await large.send(
                "GET /v1/whoami HTTP/1.1\r\nX-Long: \(String(repeating: "a", count: 30_000))\r\n\r\n")
            #expect(try await large.reply().problem().code == .tooLarge)
            let garbage = try server.connect()
            try await garbage.send("\u{16}\u{3}\u{1} hello\r\n\r\n")
            let reply = try await garbage.reply()
            #expect(reply.status == 400)
            #expect(try reply.problem().code == .invalidRequest)
            #expect(try await garbage.receive() == nil)
        }
    }

    static let foreign = [
        ["Host: localhost", "Origin: http://localhost"], ["Host: evil.example"],
        ["Host: localhost", "Host: evil.example"], ["Host: localhost:x"], ["Origin: null"],
    ]

    @Test("A call from a web page or for a foreign host is refused and put on record", arguments: foreign)
    func webPages(_ headers: [String]) async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call("GET", "/v1/whoami", headers: headers)
            #expect(reply.status == 403)
            #expect(try reply.problem().code == .foreignOrigin)
            #expect(server.broker.refused.map(\.action) == [.accessDenied])
        }
    }

    @Test("Our own hosts are served", arguments: [[], ["Host:"], ["Host: localhost:80"], ["Host: Mayfly"]])
    func ownHosts(_ headers: [String]) async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call("GET", "/v1/whoami", headers: headers)
            #expect(reply.status == 200)
        }
    }

    @Test("No reply may be cached or sniffed")
    func replyHeaders() async throws {
        try await HTTPTestServer.run { server in
            for target in ["/v1/whoami", "/v1/nothing", "/v1/health", "/v1/metrics"] {
                let reply = try await server.call("GET", target)
                #expect(reply.headers["cache-control"] == "no-store")
                #expect(reply.headers["x-content-type-options"] == "nosniff")
                #expect(reply.headers["content-type"] != nil)
                #expect(reply.headers["x-request-id"]?.count == 36)
            }
        }
    }

    @Test("A flood of malformed calls does not flood the record")
    func recordIsBounded() async throws {
        try await HTTPTestServer.run { server in
            let connection = try server.connect()
            for _ in 0..<60 {
                #expect(try await connection.call("POST", "/v1/requests", body: "{").status == 400)
            }
            #expect(server.broker.refused.count < 30)
        }
    }
}
