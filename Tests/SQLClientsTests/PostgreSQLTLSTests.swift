import Foundation
import MayflyTesting
import SQLClients
import Testing

@Suite struct PostgreSQLTLSTests {
    /// A server with a certificate for `localhost`, signed by itself.
    private func serverWithTLS() async throws -> (PostgreSQLServer, ca: String) {
        let server = try await PostgreSQLServer.start()
        let data = server.dataDirectory
        try Self.certificate(key: "\(data)/server.key", certificate: "\(data)/server.crt")
        // The server reads its key only if the file is its own and nobody else's.
        let owner = try FileManager.default.attributesOfItem(atPath: data)
        for file in ["server.key", "server.crt"] {
            try FileManager.default.setAttributes(
                [
                    .ownerAccountID: owner[.ownerAccountID] ?? 0,
                    .groupOwnerAccountID: owner[.groupOwnerAccountID] ?? 0, .posixPermissions: 0o600,
                ], ofItemAtPath: "\(data)/\(file)")
        }
        try await server.execute("ALTER SYSTEM SET ssl = on")
        try await server.restart()
        return (server, "\(data)/server.crt")
    }

    private static func certificate(key: String, certificate: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
            certificate,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    private func connect(
        _ server: PostgreSQLServer, host: String, _ tls: PostgreSQLParameters.TLS
    ) async throws(PostgreSQLError) -> TLSInfo? {
        var parameters = server.parameters(
            as: "postgres", password: PostgreSQLServer.superuserPassword, database: "postgres")
        parameters.hosts = [host]
        parameters.tls = tls
        let connection = try await PostgreSQLConnection.connect(parameters, timeout: .seconds(30))
        let info = await connection.server.tls
        await connection.close()
        return info
    }

    @Test func theServersNameAndCertificateAreVerified() async throws {
        let (server, ca) = try await serverWithTLS()
        let info = try await connect(server, host: "localhost", .verifyFull(ca: ca))
        #expect(info?.version.hasPrefix("TLSv1.") == true)

        // Right certificate, wrong name; and an authority that did not sign it.
        await #expect(throws: PostgreSQLError.self) {
            _ = try await connect(server, host: "127.0.0.1", .verifyFull(ca: ca))
        }
        let stranger = "\(server.directory)/stranger"
        try Self.certificate(key: "\(stranger).key", certificate: "\(stranger).crt")
        await #expect(throws: PostgreSQLError.self) {
            _ = try await connect(server, host: "localhost", .verifyFull(ca: "\(stranger).crt"))
        }
        await #expect(throws: PostgreSQLError.self) {
            _ = try await connect(server, host: "localhost", .verifyFull(ca: "/nowhere"))
        }
        #expect(try await connect(server, host: "127.0.0.1", .verifyCA(ca: ca)) != nil)
        #expect(try await connect(server, host: "127.0.0.1", .disable) == nil)
    }
}
