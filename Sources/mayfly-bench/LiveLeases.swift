import Foundation
import MayflyCore

/// Leases that went the whole way into the state, in bulk: as the broker records them, but without a server.
struct LiveLeases: Sendable {
    private let identity = Identity(uid: geteuid(), user: NSUserName(), groups: [], pid: nil)
    private let grant: Grant

    init() throws {
        guard let profile = ProfileName(rawValue: "pg-live"), let database = DatabaseName(rawValue: "pg")
        else {
            throw BenchFailure("the configuration's names are wrong")
        }
        let day = try TTL(seconds: 86_400)
        grant = Grant(
            profile: Profile(
                name: profile, database: database, ttl: .init(default: day, max: day),
                memberOf: ["bench_readonly"]),
            rule: "bench", ttl: day, maximum: day, person: Person(identity))
    }

    /// So many active leases, none of them due before tomorrow.
    func make(_ count: Int, in store: any Store) async throws -> [Lease] {
        let now = Date()
        let leases = try (0..<count).map { _ in try lease(now) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (request, lease) in leases {
                group.addTask { try await admit(request, lease, now, store) }
            }
            try await group.waitForAll()
        }
        let steps = leases.map { _, lease in
            LeaseStep(
                lease.id, .made(roleOID: 0, validUntil: lease.expiresAt),
                audit: AuditEvent(at: now, actor: .broker, action: .leaseActive, subject: .init(of: lease)))
        }
        _ = try await store.apply(steps, now: now)
        return leases.map { $0.1 }
    }

    private func lease(_ now: Date) throws -> (AccessRequest, Lease) {
        let requester = Lease.Requester(user: identity.user, uid: identity.uid)
        let id = LeaseID()
        let request = AccessRequest(
            id: RequestID(), profile: grant.profile.name, requester: requester, ttl: grant.ttl, reason: nil,
            ticket: nil, createdAt: now, rule: grant.rule, state: .approved, leaseID: id)
        let lease = Lease(
            id: id, requestID: request.id, grant: grant, engine: .postgresql, requester: requester,
            reason: nil,
            ticket: nil, role: try World.roleName(identity.user), now: now,
            settleBy: now.addingTimeInterval(60))
        return (request, lease)
    }

    private func admit(
        _ request: AccessRequest, _ lease: Lease, _ now: Date, _ store: any Store
    ) async throws {
        let events = [
            AuditEvent(
                at: now, actor: .person(identity), action: .requestCreated, subject: .init(of: lease),
                rule: grant.rule, details: ["ttl": grant.ttl.description, "groups": "bench_readonly"]),
            AuditEvent(
                at: now, actor: .broker, action: .leaseCreating, subject: .init(of: lease), rule: grant.rule),
        ]
        _ = try await store.admit(
            Admission(
                request: request, lease: lease, limits: nil, idempotencyKey: nil, events: events,
                overQuota: { _ in [] }))
    }

    /// Makes the roles as the guard would, without its ceilings: their count would be counted for each.
    static let roleMaker = """
        DROP SCHEMA IF EXISTS bench CASCADE;
        CREATE SCHEMA bench;
        CREATE FUNCTION bench.make(batch jsonb) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            verifier text := 'SCRAM-SHA-256$1:AAAAAAAAAAAAAAAAAAAAAA==$' || repeat('A', 43) || '=:' || repeat('A', 43) || '=';
            m jsonb;
            l mayfly.lease;
        BEGIN
            FOR m IN SELECT * FROM jsonb_array_elements(batch) LOOP
                l := ROW (m ->> 'lease', m ->> 'role', 0, mayfly.cluster(), '{bench_readonly}', '{}',
                          sha256(convert_to(verifier, 'UTF8')), 'bench', '', now(), now() + interval '1 day', NULL, NULL, NULL);
                EXECUTE format('CREATE ROLE %I LOGIN CONNECTION LIMIT 10 PASSWORD %L VALID UNTIL %L IN ROLE bench_readonly',
                               l.role, verifier, l.valid_until);
                l.role_oid := (SELECT oid FROM pg_roles WHERE rolname = l.role);
                PERFORM mayfly.write_comment(l);
                INSERT INTO mayfly.lease SELECT l.*;
            END LOOP;
        END $$;
        """
}
