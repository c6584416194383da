import Foundation
import SQLClients
import Testing

/// A server that nobody has verified gets no password, whatever it says.
@Suite struct MariaDBImpostorTests {
    private static let password = "the-password-of-the-broker"

    private func connect(
        _ impostor: MariaDBImpostor, host: String = "127.0.0.1", _ tls: ServerTLS
    ) async -> MariaDBError? {
        let parameters = MariaDBParameters(
            hosts: [host], port: impostor.port, user: "mayfly",
            password: AccountPassword(copying: Self.password.utf8), tls: tls, requiresWritable: false)
        do throws(MariaDBError) {
            let connection = try await MariaDBConnection.connect(parameters, timeout: .seconds(20))
            await connection.close()
            return nil
        } catch {
            return error
        }
    }

    private static let authority = "/etc/ssl/certs/ca-certificates.crt"

    @Test(arguments: [
        ServerTLS.verifyFull(ca: authority), .verifyCA(ca: authority), .require,
    ])
    func withoutTLSItIsNotEvenToldWhoWeAre(tls: ServerTLS) async throws {
        for offersTLS in [false, true] {
            let impostor = try MariaDBImpostor(offersTLS: offersTLS, .switching(to: "mysql_clear_password"))
            defer { impostor.stop() }
            let error = await connect(impostor, host: "localhost", tls)
            guard case .cannotConnect(let failures) = error else {
                Issue.record("connected")
                return
            }
            #expect(failures.count == 1)
            // At most the packet that asks for TLS, which has 32 bytes and no name in it.
            for packet in impostor.received { #expect(packet.count == 32) }
            #expect(offersTLS || impostor.received.isEmpty)
        }
    }

    @Test(arguments: [
        "mysql_clear_password", "dialog", "caching_sha2_password", "sha256_password", "mysql_old_password",
        "auth_gssapi_client", "parsec", "../../../tmp/evil",
    ])
    func aMethodThatWouldGiveThePasswordAwayIsRefused(plugin: String) async throws {
        for greeting in ["mysql_native_password", plugin] {
            let impostor = try MariaDBImpostor(greeting: greeting, .switching(to: plugin))
            defer { impostor.stop() }
            let error = await connect(impostor, .disable)
            #expect(error != nil)
            // What is no name of a plugin at all is not even looked for.
            if !plugin.contains("/") {
                #expect(error?.number == .authenticationNotAllowed, "\(error.debugDescription)")
            }
            // The answer to the greeting, and nothing to the question that came then.
            #expect(impostor.received.count <= 1)
            let secret = Data(Self.password.utf8)
            for packet in impostor.received { #expect(Data(packet).firstRange(of: secret) == nil) }
        }
    }

    @Test func aServerThatAsksForAFileGetsNone() async throws {
        let impostor = try MariaDBImpostor(.askingForFile("/etc/hostname"))
        defer { impostor.stop() }
        #expect(await connect(impostor, .disable) != nil)
        let content = try #require(FileManager.default.contents(atPath: "/etc/hostname"))
        for packet in impostor.received { #expect(Data(packet) != content) }
        // The login, the first statement, and at most an empty packet instead of the file.
        #expect(impostor.received.count <= 3 && impostor.received.dropFirst(2).allSatisfy(\.isEmpty))
    }
}
