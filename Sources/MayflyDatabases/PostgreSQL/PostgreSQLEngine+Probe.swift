import Foundation
package import MayflyCore
import MayflyCrypto
import SQLClients

extension PostgreSQLEngine {
    package func probe(_ profile: Profile) async -> [Finding] {
        let check = "probe \(profile.name)"
        let order: RoleOrder
        let password: AccountPassword
        do {
            (order, password) = try probeOrder(profile)
        } catch {
            return [Finding(.error, check, "no credential could be made: \(error)")]
        }
        let role = order.role
        var findings: [Finding] = []
        switch await issue([order])[0] {
        case .success:
            findings.append(Finding(.ok, check, "issued \(role)"))
            findings.append(await logIn(role, password, check))
        case .failure(let failure):
            findings.append(Finding(.error, check, "not issued: \(failure)"))
        }
        switch await revoke([RoleReference(lease: order.lease, role: role)], .full)[0] {
        case .gone: findings.append(Finding(.ok, check, "\(role) is gone"))
        case .locked(let obstacle):
            findings.append(
                Finding(
                    .error, check, "\(role) is locked: \(obstacle.message)", statement: obstacle.statement))
        case .failed(let failure):
            findings.append(Finding(.error, check, "\(role) was not revoked: \(failure)"))
        }
        return findings
    }

    private func probeOrder(_ profile: Profile) throws -> (RoleOrder, AccountPassword) {
        let password = try Password.random()
        let verifier = try password.withUTF8 { (bytes) throws(EngineFailure) -> Verifier in
            try self.verifier(for: bytes, iterations: profile.scramIterations)
        }
        let order = RoleOrder(
            lease: LeaseID(try SecureRandom.uuid()),
            role: RoleName(
                tag: installation.tag, requester: "probe",
                random: try SecureRandom.bytes(RoleName.randomLength)),
            verifier: verifier, groups: profile.memberOf, ttl: try TTL(seconds: 60),
            connectionLimit: profile.connectionLimit, settings: profile.settings,
            requester: RoleStanding.probe, reason: "probe of profile \(profile.name)",
            creationStatements: profile.creationStatements,
            revocationStatements: profile.revocationStatements,
            owner: profile.create?.owner)
        return (order, password.withUTF8 { AccountPassword(copying: $0) })
    }

    /// As a requester would: where they are told to connect, with the password.
    private func logIn(_ role: RoleName, _ password: AccountPassword, _ check: String) async -> Finding {
        let endpoint = definition.endpoint
        do throws(PostgreSQLError) {
            let parameters = PostgreSQLParameters(
                hosts: [endpoint.host], port: endpoint.port, database: definition.database,
                user: role.rawValue,
                password: password, tls: try Self.tls(definition.tls), applicationName: "mayfly-probe",
                requiresWritable: false)
            let connection = try await PostgreSQLConnection.connect(
                parameters, timeout: .seconds(definition.timeoutSeconds))
            let user = try await connection.query("SELECT current_user AS name").only().string("name")
            await connection.close()
            return user == role.rawValue
                ? Finding(.ok, check, "logged in at \(endpoint.host):\(endpoint.port)")
                : Finding(
                    .warning, check, "logged in at \(endpoint.host):\(endpoint.port), but as \(user.quoted())"
                )
        } catch {
            let failure = EngineFailure(error)
            return Finding(
                .error, check, "the new role cannot log in: \(failure.message)",
                statement: failure.kind == .notAuthenticated
                    ? "-- in pg_hba.conf, for where people connect from: hostssl \(definition.database) all ADDRESS scram-sha-256"
                    : nil)
        }
    }
}
