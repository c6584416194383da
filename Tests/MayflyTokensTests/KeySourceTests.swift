import Foundation
import MayflyCore
import Synchronization
import Testing
import TokenForge

@testable import MayflyTokens

/// What is at a URL, as it changes; counts who asks.
private final class KeyServer: Sendable {
    private let state = Mutex<(answer: Result<[UInt8], KeySetFailure>, asked: Int)>(
        (.failure(.init("down")), 0))

    var asked: Int { state.withLock { $0.asked } }
    func answer(_ bytes: [UInt8]) { state.withLock { $0.answer = .success(bytes) } }
    func fail() { state.withLock { $0.answer = .failure(KeySetFailure("down")) } }

    func fetch(_: String, _: String?) async throws(KeySetFailure) -> [UInt8] {
        try state.withLock {
            $0.asked += 1
            return $0.answer
        }.get()
    }
}

@Suite("Keys of signers")
struct KeySourceTests {
    private let start = Date(timeIntervalSince1970: 1_785_412_800)
    private let server = KeyServer()

    private func source() -> KeySource {
        KeySource(.url("https://tokens.example/keys", ca: nil), fetch: server.fetch)
    }

    private func failure(_ source: KeySource, _ id: String?, _ now: Date) async -> TokenFailure? {
        do throws(TokenFailure) {
            _ = try await source.key(id, for: .es256, now: now)
            return nil
        } catch { return error }
    }

    @Test("A key that is new is fetched once, and not again within half a minute, whoever asks")
    func rotation() async throws {
        let (old, new) = (try await ForgedKey(.es256, id: "old"), try await ForgedKey(.es256, id: "new"))
        server.answer(try ForgedKey.set(old))
        let source = source()
        #expect(await failure(source, "old", start) == nil)
        for _ in 0..<50 {
            #expect(await failure(source, "made-up", start.addingTimeInterval(1)) == .unknownKey)
        }
        #expect(server.asked == 1)
        server.answer(try ForgedKey.set(old, new))
        #expect(await failure(source, "new", start.addingTimeInterval(29)) == .unknownKey)
        #expect(await failure(source, "new", start.addingTimeInterval(31)) == nil)
        #expect(server.asked == 2)
        for _ in 0..<50 {
            #expect(await failure(source, "made-up", start.addingTimeInterval(40)) == .unknownKey)
        }
        #expect(server.asked == 2)
    }

    @Test(
        "A key that was withdrawn is not taken once the set was fetched again, a quarter of an hour later at most"
    )
    func withdrawn() async throws {
        let (old, new) = (try await ForgedKey(.es256, id: "old"), try await ForgedKey(.es256, id: "new"))
        server.answer(try ForgedKey.set(old))
        let source = source()
        #expect(await failure(source, "old", start) == nil)
        server.answer(try ForgedKey.set(new))
        #expect(await failure(source, "old", start.addingTimeInterval(KeySource.refresh - 1)) == nil)
        #expect(await failure(source, "old", start.addingTimeInterval(KeySource.refresh)) == .unknownKey)
    }

    @Test(
        "While the server is down what is known stays in use for a day, is visible, and it is not asked at each call"
    )
    func outage() async throws {
        let key = try await ForgedKey(.es256, id: "k")
        server.answer(try ForgedKey.set(key))
        let source = source()
        #expect(await failure(source, "k", start) == nil)
        server.fail()
        let later = start.addingTimeInterval(KeySource.refresh + 1)
        for second in 0..<20 {
            #expect(await failure(source, "k", later.addingTimeInterval(Double(second))) == nil)
        }
        #expect(server.asked == 2)
        let health = await source.health("github", now: later)
        #expect(health.problem == "down")
        #expect(health.keys == 1)
        #expect(health.at == start)
        #expect(
            await failure(source, "k", start.addingTimeInterval(KeySource.longest + 1)) == .keysUnavailable)
        // Nor longer with the clock set back.
        #expect(
            await failure(source, "k", start.addingTimeInterval(-KeySource.longest - 1)) == .keysUnavailable)
        server.answer(try ForgedKey.set(key))
        #expect(await failure(source, "k", start.addingTimeInterval(KeySource.longest + 60)) == nil)
    }

    @Test("Many who wait for the first keys make one fetch, and a set that is none is as good as no answer")
    func together() async throws {
        server.answer(Array("<html>".utf8))
        let source = source()
        #expect(await failure(source, "k", start) == .keysUnavailable)
        #expect(await source.health("x", now: start).problem == "it is not valid JSON")
        server.answer(try ForgedKey.set(try await ForgedKey(.es256, id: "k")))
        await withDiscardingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask { _ = await failure(source, "k", start.addingTimeInterval(60)) }
            }
        }
        #expect(server.asked == 2)
    }

    @Test(
        "A file is read again when it changes, and ends the signer when it is gone or not for the daemon's user alone to write"
    )
    func file() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "mayfly-keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer {
            do { try FileManager.default.removeItem(at: directory) } catch {
                print("left behind: \(directory)")
            }
        }
        let url = directory.appending(path: "jwks.json")
        let (old, new) = (try await ForgedKey(.es256, id: "old"), try await ForgedKey(.es256, id: "new"))
        func write(_ key: ForgedKey) throws {
            try Data(try ForgedKey.set(key)).write(to: url)
            #expect(chmod(url.path, 0o644) == 0)
        }
        let source = KeySource(.file(url.path), fetch: server.fetch)
        #expect(await failure(source, "old", start) == .keysUnavailable)
        try write(old)
        #expect(await failure(source, "old", start) == nil)
        try FileManager.default.removeItem(at: url)
        try write(new)
        #expect(await failure(source, "old", start) == .unknownKey)
        #expect(await failure(source, "new", start) == nil)
        #expect(chmod(url.path, 0o666) == 0)
        #expect(await failure(source, "new", start) == .keysUnavailable)
        #expect(server.asked == 0)
    }

    @Test(
        "A set says plainly what it holds",
        arguments: [
            ("", "not valid JSON"), ("[]", "not a JSON Web Key Set"),
            (#"{"keys":{}}"#, "not a JSON Web Key Set"),
            (#"{"keys":[]}"#, "no public key"), (#"{"keys":[1]}"#, "not an object"),
            (#"{"keys":[{"kid":"a"}]}"#, "has no kty"),
            (#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#, "no public key"),
            (#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#, "n is not valid"),
            (#"{"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]}"#, "x is not valid"),
            (#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA","d":"AAAA"}]}"#, "a private one"),
            (#"{"keys":[{"kty":"EC","crv":"P-521"}]}"#, "no public key"),
        ])
    func sets(_ text: String, _ complaint: String) async throws {
        do throws(KeySetFailure) {
            _ = try await KeySet(parsing: Array(text.utf8))
            Issue.record("taken")
        } catch { #expect(error.description.contains(complaint), "\(error)") }
    }

    @Test("Two keys of one name are none, and a point that is not on the curve is no key")
    func ambiguous() async throws {
        let (one, two) = (try await ForgedKey(.es256, id: "k"), try await ForgedKey(.es256, id: "k"))
        await #expect(throws: KeySetFailure.self) { try await KeySet(parsing: try ForgedKey.set(one, two)) }
        var off = one.jwk
        off["y"] = two.jwk["y"]
        let bytes = Array(try JSONSerialization.data(withJSONObject: ["keys": [off]]))
        await #expect(throws: KeySetFailure.self) { try await KeySet(parsing: bytes) }
        let mixed = try await ForgedKey(.rs256, id: "k")
        #expect(try await KeySet(parsing: try ForgedKey.set(one, mixed)).count == 2)
    }
}
