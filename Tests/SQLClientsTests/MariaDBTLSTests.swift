import Foundation
import MayflyTesting
import SQLClients
import Testing

@Suite struct MariaDBTLSTests {
    /// A certificate for `localhost`, signed by itself, that a server of another user may read.
    private static func certificate(in directory: String) async throws -> (key: String, certificate: String) {
        let (key, certificate) = ("\(directory)/key.pem", "\(directory)/cert.pem")
        try await TestCommand.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key,
            "-out", certificate,
        ])
        for file in [key, certificate] {
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        }
        return (key, certificate)
    }

    private static func directory() throws -> String {
        let path = NSTemporaryDirectory() + "mayfly-tls-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        return path
    }

    private func connect(
        _ server: MariaDBServer, host: String, _ tls: ServerTLS
    ) async throws(MariaDBError) -> TLSInfo? {
        let parameters = MariaDBParameters(
            hosts: [host], port: server.port, user: "tls", password: AccountPassword(copying: "tls".utf8),
            tls: tls)
        let connection = try await MariaDBConnection.connect(parameters, timeout: .seconds(30))
        let info = await connection.server.tls
        // Over TLS, too, a call has its deadline.
        do throws(MariaDBError) {
            _ = try await connection.query("SELECT SLEEP(30)", timeout: .milliseconds(100))
        } catch {
            guard error == .timedOut(after: .milliseconds(100)) else { throw error }
        }
        await connection.close()
        return info
    }

    @Test func theServersNameAndCertificateAreVerified() async throws {
        let directory = try Self.directory()
        // What cannot be removed is left for the system's own cleaning.
        defer { _ = try? FileManager.default.removeItem(atPath: directory) }
        let (key, ca) = try await Self.certificate(in: directory)
        let server = try await MariaDBServer.start(options: [
            "--ssl-cert=\(ca)", "--ssl-key=\(key)", "--ssl-ca=\(ca)",
        ])
        try await server.execute("CREATE USER tls@'%' IDENTIFIED BY 'tls' REQUIRE SSL")
        let info = try await connect(server, host: "localhost", .verifyFull(ca: ca))
        #expect(info?.version.hasPrefix("TLSv1.") == true)
        #expect(info?.cipher.isEmpty == false)

        // Right certificate, wrong name; and authorities that did not sign it.
        let stranger = try Self.directory()
        defer { _ = try? FileManager.default.removeItem(atPath: stranger) }
        let other = try await Self.certificate(in: stranger).certificate
        let wrong: [(String, ServerTLS)] = [
            ("127.0.0.1", .verifyFull(ca: ca)), ("localhost", .verifyFull(ca: other)),
            ("localhost", .verifyCA(ca: other)), ("localhost", .verifyFull(ca: "/nowhere")),
            ("localhost", .verifyFull(ca: "/etc/ssl/certs/ca-certificates.crt")),
        ]
        for (host, tls) in wrong {
            do {
                _ = try await connect(server, host: host, tls)
                Issue.record("\(host) \(tls) connected")
            } catch let error {
                #expect(error.number == .tlsFailed)
            }
        }
        #expect(try await connect(server, host: "127.0.0.1", .verifyCA(ca: ca)) != nil)
    }

    /// A real server without TLS, where MariaDBImpostorTests have a false one.
    @Test func aServerWithoutTLSIsLeft() async throws {
        let off = MariaDBServer.isMariaDBByDefault ? "--skip-ssl" : "--tls-version="
        let server = try await MariaDBServer.start(options: [off])
        try await server.execute("CREATE USER tls@'%' IDENTIFIED BY 'tls'")
        for tls: ServerTLS in [
            .require, .verifyCA(ca: "/etc/ssl/certs/ca-certificates.crt"),
            .verifyFull(ca: "/etc/ssl/certs/ca-certificates.crt"),
        ] {
            do {
                _ = try await connect(server, host: "127.0.0.1", tls)
                Issue.record("connected without TLS")
            } catch let error {
                #expect(error.number == .tlsFailed)
            }
        }
    }
}
