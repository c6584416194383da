import Foundation
import MayflyAPI
import MayflyCore
import MayflyTesting
import Synchronization
import Testing

@testable import MayflyServer

@Suite struct RoutesTests {
    @Test("A request is answered with its lease and the credential, once")
    func create() async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call(
                "POST", "/v1/requests", headers: ["Host: localhost", "Idempotency-Key: k-1"],
                body: #"{"profile":"orders-read","ttl_seconds":60,"reason":"looking","ticket":"T-1"}"#)
            #expect(reply.status == 201)
            let answer = try reply.decoded(as: RequestReply.self)
            #expect(answer.credential?.password == "s3cret")
            #expect(answer.request.ttlSeconds == 60)
            #expect(answer.lease?.reason == "looking")
            #expect(server.broker.idempotencyKeys == ["k-1"])
            let id = try #require(answer.lease?.id)
            let shown = try await server.call("GET", "/v1/leases/\(id)")
            #expect(try shown.decoded(as: MayflyAPI.Lease.self).id == id)
            #expect(!shown.text.contains("s3cret"))
        }
    }

    @Test(
        "An idempotency key is 1 to 128 visible characters, once",
        arguments: [
            ["Idempotency-Key: a b"], ["Idempotency-Key: \(String(repeating: "k", count: 129))"],
            ["Idempotency-Key: a", "Idempotency-Key: b"],
        ])
    func badKey(_ headers: [String]) async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call(
                "POST", "/v1/requests", headers: headers, body: #"{"profile":"orders-read"}"#)
            #expect(reply.status == 400)
            #expect(try reply.problem().field == "Idempotency-Key")
            #expect(server.broker.issued == 0)
        }
    }

    @Test("What the broker refuses is a problem with its code, field, hint and figures")
    func refused() async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call("POST", "/v1/requests", body: #"{"profile":"other"}"#)
            #expect(reply.status == 403)
            let problem = try reply.problem()
            #expect(problem.code == .denied)
            #expect(problem.hint == "look")
            // On the broker's own record, not twice.
            #expect(server.broker.refused.isEmpty)
            #expect(try await server.call("GET", "/v1/leases/abcd").problem().code == .notFound)
            #expect(try await server.call("GET", "/v1/requests/x%27%3B").problem().code == .notFound)
        }
    }

    @Test(
        "An unknown path is a 404 problem, another method a 405 with Allow",
        arguments: [
            ("GET", "/v2/whoami", 404), ("GET", "/", 404), ("GET", "/v1/leases/", 404),
            ("GET", "/v1//whoami", 404),
            ("DELETE", "/v1/requests", 405), ("OPTIONS", "/v1/whoami", 405),
            ("GET", "/v1/leases/a/renew", 405), ("GET", "*", 400),
        ])
    func unknown(_ method: String, _ target: String, _ status: Int) async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call(method, target)
            #expect(reply.status == status)
            #expect(reply.headers["content-type"] == MayflyJSON.problemContentType)
            if status == 405 { #expect(reply.headers["allow"] != nil) }
        }
    }

    @Test(
        "An unknown, repeated or unreadable parameter is refused",
        arguments: [
            "/v1/leases?colour=red", "/v1/leases?limit=1&limit=2", "/v1/leases?limit=0",
            "/v1/leases?state=alive",
            "/v1/leases?profile=%ff", "/v1/leases?profile=%00", "/v1/leases?after=1", "/v1/whoami?x=1",
            "/v1/audit?after=-1", "/v1/audit?since=yesterday", "/v1/audit?action=nothing",
            "/v1/audit/follow?limit=1",
        ])
    func parameters(_ target: String) async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call("GET", target)
            #expect(reply.status == 400)
            #expect(try reply.problem().code == .invalidRequest)
        }
    }

    @Test("Lists come in pages, and the last page has no next")
    func pages() async throws {
        try await HTTPTestServer.run { server in
            for _ in 0..<3 {
                _ = try await server.call("POST", "/v1/requests", body: #"{"profile":"orders-read"}"#)
            }
            let first = try await server.call("GET", "/v1/leases?limit=2").decoded(as: LeaseList.self)
            #expect(first.leases.count == 2)
            let next = try #require(first.next)
            let second = try await server.call("GET", "/v1/leases?limit=2&after=\(next)")
                .decoded(as: LeaseList.self)
            #expect(second.leases.count == 1)
            #expect(second.next == nil)
        }
    }

    @Test(
        "Revoking without a filter, or with all beside one, is refused",
        arguments: [
            "{}", #"{"reason":"x"}"#, #"{"all":false}"#, #"{"all":true,"database":"orders"}"#,
            #"{"ids":["not-an-id"]}"#,
        ])
    func revokeFilter(_ body: String) async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call("POST", "/v1/leases/revoke", body: body)
            #expect(reply.status == 400)
            #expect(server.broker.revocations.isEmpty)
        }
    }

    @Test("Who is no administrator revokes their own only, whatever the filter")
    func revokeOwn() async throws {
        try await HTTPTestServer.run { server in
            #expect(try await server.call("POST", "/v1/leases/revoke", body: #"{"all":true}"#).status == 200)
            server.broker.give([.administrator])
            #expect(try await server.call("POST", "/v1/leases/revoke", body: #"{"all":true}"#).status == 200)
            let me = try await server.call("GET", "/v1/whoami").decoded(as: WhoAmI.self)
            #expect(server.broker.revocations.map(\.uid) == [me.uid, nil])
        }
    }

    @Test("What an auditor reads of others is on record, with the call; what others read of their own is not")
    func reads() async throws {
        try await HTTPTestServer.run { server in
            _ = try await server.call("GET", "/v1/leases")
            #expect(server.broker.reads.isEmpty)
            server.broker.give([.auditor])
            let reply = try await server.call("GET", "/v1/leases?profile=orders-read&limit=5")
            _ = try await server.call("GET", "/v1/leases?profile=orders-read&limit=9")
            _ = try await server.call("GET", "/v1/leases?mine=true")
            _ = try await server.call("GET", "/v1/whoami")
            _ = try await server.call("GET", "/v1/audit/export")
            let reads = server.broker.reads
            #expect(reads.map { $0.details["route"] } == ["list_leases", "export_audit"])
            #expect(reads[0].details["filter"] == #""profile=orders-read""#)
            #expect(reads[0].actor.call?.id == reply.headers["x-request-id"])
            #expect(reads[0].duration != nil)
        }
    }

    @Test("What cannot be put on record is not shown to an auditor; the extent of an export is on record")
    func unrecordedRead() async throws {
        try await HTTPTestServer.run { server in
            server.broker.give([.auditor])
            server.broker.failReads(with: Refusal(.stateUnwritable, "the disk is full"))
            for path in ["/v1/sessions", "/v1/audit", "/v1/audit/export?after=3"] {
                let reply = try await server.call("GET", path)
                #expect(reply.status == 507 || reply.status == 503, "\(path): \(reply.status)")
            }
            // Their own they see; and leases, as whoever has to end one has to find it.
            for path in ["/v1/leases?mine=true", "/v1/leases"] {
                #expect(try await server.call("GET", path).status == 200)
            }
            server.broker.failReads(with: nil)
            #expect(try await server.call("GET", "/v1/leases").status == 200)
            _ = try await server.call("GET", "/v1/audit/export?after=3")
            #expect(server.broker.reads.map { $0.details["route"] } == ["list_leases", "export_audit"])
            #expect(server.broker.reads.last?.details["filter"] == #""after=3""#)
        }
    }

    @Test("The export is records, and a last line that says so; it and the checkpoints are for auditors")
    func exported() async throws {
        try await HTTPTestServer.run { server in
            for path in ["/v1/audit/export", "/v1/audit/checkpoints"] {
                #expect(try await server.call("GET", path).status == 403)
            }
            server.broker.give([.auditor])
            for _ in 0..<3 { server.broker.append(.daemonStarted) }
            let connection = try server.connect()
            try await connection.send(
                "GET /v1/audit/export?after=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let text = String(decoding: try await connection.untilClosed(), as: UTF8.self)
            #expect(text.matches(of: /"seq":/).count == 2, "\(text)")
            #expect(text.contains("\n{\"end\":3}\n"), "\(text)")
            let list = try await server.call("GET", "/v1/audit/checkpoints").decoded(
                as: AuditCheckpointList.self)
            #expect(list.checkpoints.isEmpty)
        }
    }

    @Test("An export goes on over a checkpoint that cannot be read, and names it")
    func damagedCheckpoint() async throws {
        try await HTTPTestServer.run { server in
            server.broker.give([.auditor])
            for _ in 0..<3 { server.broker.append(.daemonStarted) }
            server.broker.keep([CheckpointEntry(number: 5, sequence: 1 << 40, body: [1], signed: nil)])
            let connection = try server.connect()
            try await connection.send(
                "GET /v1/audit/export HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let text = String(decoding: try await connection.untilClosed(), as: UTF8.self)
            #expect(text.contains(#""number":5"#), "\(text)")
            #expect(text.matches(of: /"previous_hash":/).count == 3, "\(text)")
            #expect(text.contains("\n{\"end\":3}\n"), "\(text)")
        }
    }

    @Test("Renewing and revoking take no body, an id or its beginning")
    func renewAndRevoke() async throws {
        try await HTTPTestServer.run { server in
            let made = try await server.call("POST", "/v1/requests", body: #"{"profile":"orders-read"}"#)
                .decoded(as: RequestReply.self)
            let id = try #require(made.lease?.id)
            #expect(try await server.call("POST", "/v1/leases/\(id.prefix(8))/renew").status == 200)
            #expect(
                try await server.call("POST", "/v1/leases/\(id)/renew", body: #"{"ttl_seconds":60}"#).status
                    == 200)
            #expect(try await server.call("POST", "/v1/leases/\(id)/revoke").status == 200)
            #expect(server.broker.revocations.map(\.ids) == [[LeaseID(unchecked: id)]])
        }
    }

    @Test("Errors of databases are for auditors and administrators")
    func databaseErrors() async throws {
        try await HTTPTestServer.run { server in
            let plain = try await server.call("GET", "/v1/databases")
            #expect(!plain.text.contains("db1.internal"))
            server.broker.give([.auditor])
            let full = try await server.call("GET", "/v1/databases").decoded(as: DatabaseList.self)
            #expect(full.databases.first?.lastError?.contains("db1.internal") == true)
            #expect(full.databases.first?.findings.count == 1)
        }
    }

    @Test("Metrics are Prometheus text, with names and values escaped")
    func metrics() async throws {
        try await HTTPTestServer.run { server in
            server.broker.give([.auditor])
            let reply = try await server.call("GET", "/v1/metrics")
            #expect(
                reply.text == """
                    # HELP mayfly_leases Live\\nleases.
                    # TYPE mayfly_leases gauge
                    mayfly_leases{profile="a\\"b\\\\c"} 2
                    mayfly_leases 0.5

                    """)
        }
    }

    @Test("Metrics, which name databases and profiles, are for auditors and administrators")
    func metricsAccess() async throws {
        try await HTTPTestServer.run { server in
            let refused = try await server.call("GET", "/v1/metrics")
            #expect(refused.status == 403)
            #expect(!refused.text.contains("mayfly_leases"))
            #expect(server.broker.refused.map(\.action) == [.accessDenied])
            server.broker.give([.administrator])
            #expect(try await server.call("GET", "/v1/metrics").status == 200)
        }
    }

    @Test("A uid has so many calls answered at a time and no more, and others are served")
    func callLimit() async throws {
        var limits = HTTPLimits()
        limits.callsPerUID = 2
        let gate = Gate()
        let broker = HTTPFakeBroker(beforeIssue: { await gate.wait() })
        try await HTTPTestServer.run(broker: broker, limits: limits) { server in
            let create = { @Sendable in
                try await server.call("POST", "/v1/requests", body: #"{"profile":"orders-read"}"#).status
            }
            async let first = create()
            async let second = create()
            try await eventually("both wait for the broker") { gate.waiting == 2 }
            let refused = try await server.call("GET", "/v1/whoami")
            #expect(refused.status == 429)
            #expect(try refused.problem().code == .tooManyCalls)
            gate.open()
            #expect(try await [first, second] == [201, 201])
            #expect(try await server.call("GET", "/v1/whoami").status == 200)
        }
    }

    /// Lets nobody through until it is opened.
    private final class Gate: Sendable {
        private let state = Mutex((isOpen: false, waiters: [CheckedContinuation<Void, Never>]()))

        var waiting: Int { state.withLock { $0.waiters.count } }

        func wait() async {
            await withCheckedContinuation { waiter in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiters.append(waiter) }
                    return state.isOpen
                }
                if isOpen { waiter.resume() }
            }
        }

        func open() {
            let waiters = state.withLock { state in
                state.isOpen = true
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
    }

    @Test("Following the audit log begins with what is new, and ends with the daemon")
    func follow() async throws {
        try await HTTPTestServer.run { server in
            server.broker.append(.daemonStarted)
            let connection = try server.connect()
            try await connection.send("GET /v1/audit/follow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            var text = ""
            while !text.contains("\r\n1\r\n\n") {
                text += String(decoding: try #require(try await connection.receive()), as: UTF8.self)
            }
            #expect(text.contains("application/x-ndjson"))
            server.broker.append(.leaseActive)
            while !text.contains("lease.active") {
                text += String(decoding: try #require(try await connection.receive()), as: UTF8.self)
            }
            #expect(!text.contains("daemon.started"))
            await server.end()
            let end = String(decoding: try await connection.untilClosed(), as: UTF8.self)
            #expect(end.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test("Server-sent events come with their number, and go on after the last one that somebody got")
    func serverSentEvents() async throws {
        try await HTTPTestServer.run { server in
            for action in [AuditEvent.Action.daemonStarted, .leaseActive, .leaseRevoked] {
                server.broker.append(action)
            }
            func follow(_ more: String, until end: String) async throws -> String {
                let connection = try server.connect()
                let head = "GET /v1/audit/follow HTTP/1.1\r\nHost: localhost\r\n"
                try await connection.send("\(head)Accept: text/html, text/event-stream;q=0.9\r\n\(more)\r\n")
                var text = ""
                while !text.contains(end) {
                    text += String(decoding: try #require(try await connection.receive()), as: UTF8.self)
                }
                return text
            }
            let all = try await follow("Last-Event-ID: 0\r\n", until: "lease.revoked\n")
            #expect(all.contains("Content-Type: text/event-stream"))
            #expect(
                all.contains("id: 1\nevent: daemon.started\ndata: {")
                    && all.contains("}\n\nid: 2\nevent: lease.active\n"))
            let rest = try await follow("Last-Event-ID: 2\r\n", until: "lease.revoked\n")
            #expect(!rest.contains("lease.active"))
            // Somebody who has all gets a sign of life, which is no event.
            let none = try await follow("", until: ":\n\n")
            #expect(!none.contains("data:"))
            for bad in ["-1", "x", "1\r\nLast-Event-ID: 2", "99999999999999999999"] {
                let reply = try await server.call(
                    "GET", "/v1/audit/follow", headers: ["Host: localhost", "Last-Event-ID: \(bad)"])
                #expect(reply.status == 400 && reply.text.contains("Last-Event-ID"), "\(bad)")
            }
        }
    }

    @Test("A uid follows the audit log so many times and no more")
    func followLimit() async throws {
        var limits = HTTPLimits()
        limits.streamsPerUID = 1
        try await HTTPTestServer.run(limits: limits) { server in
            do {
                let first = try server.connect()
                try await first.send("GET /v1/audit/follow HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await first.receive()
                #expect(try await server.call("GET", "/v1/audit/follow").status == 409)
            }
            // The first caller is gone; the place is free when the next line meets nobody.
            try await eventually("there is room again") {
                server.broker.append(.leaseActive)
                let next = try server.connect()
                try await next.send("GET /v1/audit/follow HTTP/1.1\r\nHost: localhost\r\n\r\n")
                let head = String(decoding: try #require(try await next.receive()), as: UTF8.self)
                return head.contains("200 OK")
            }
        }
    }

    @Test("The daemon serves its description, with an operation for every route")
    func openAPI() async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call("GET", "/v1/openapi.json")
            let root = try #require(
                try JSONSerialization.jsonObject(with: Data(reply.body)) as? [String: Any])
            let paths = try #require(root["paths"] as? [String: [String: [String: Any]]])
            for route in Route.allCases {
                let operation = paths[route.path]?[route.method.rawValue.lowercased()]
                #expect(operation?["operationId"] as? String == route.operationID)
            }
        }
    }

    @Test("Every route has a handler whose kind fits its permission", arguments: Route.allCases)
    func handlers(_ route: Route) throws {
        let bodies: [Route: String] = [
            .createRequest: #"{"profile":"a"}"#, .revokeLeases: #"{"all":true}"#,
            .extendLease: #"{"ttl_seconds":60}"#,
            .signOffReview:
                #"{"from":"2026-07-30T12:00:00Z","to":"2026-07-30T13:00:00Z","sha256":"00","note":"a"}"#,
            .explain: #"{"profile":"a"}"#,
            .startLockdown: #"{"reason":"a"}"#, .endLockdown: #"{"reason":"a"}"#,
            .concludeReview: #"{"verdict":"justified","note":"a"}"#, .confirmMFA: #"{"code":"123456"}"#,
            .reap: #"{"dry_run":true}"#,
            .attachApproval: #"{"approval":"a.b.c"}"#, .resetMFA: #"{"who":"alice","reason":"a"}"#,
        ]
        let body = bodies[route] ?? ""
        let call = Call(route: route, id: "x", query: [], body: Array(body.utf8), idempotencyKey: nil)
        let routes = Routes(
            timekeeper: .system(), streams: .streams(HTTPLimits()), directory: IdentityDirectory())
        switch try routes.action(for: call) {
        case .open: #expect(route.access == .anyone)
        case .identified: #expect(route.access != .anyone)
        }
    }

    @Test("A path finds its route", arguments: Route.allCases)
    func matching(_ route: Route) {
        let path = route.path(id: "a b/c")
        let id = route.path.contains("{id}") ? "a b/c" : ""
        #expect(RouteMatch(method: route.method.rawValue, path: path[...]) == .route(route, id: id))
    }
}
