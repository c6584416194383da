import Foundation
package import MayflyCore
import SQLClients

extension PostgreSQLEngine {
    /// Read from the catalogue of the database that login roles connect to, which everybody may read.
    package func privileges(of groups: [String]) async throws(EngineFailure) -> [String] {
        guard let pool = cleanupPools[definition.database] else { return [] }
        // Inherited ones too: a group may be a member of others. What is cut off at the end are the narrowest.
        let statement = """
            WITH RECURSIVE up (oid) AS (
                SELECT oid FROM pg_catalog.pg_roles
                 WHERE rolname IN (SELECT pg_catalog.json_array_elements_text($1::pg_catalog.json))
                 UNION
                SELECT m.roleid FROM up JOIN pg_catalog.pg_auth_members m ON m.member = up.oid),
            objects (kind, name, owner, acl) AS (
                SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                            ELSE 'table' END,
                       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), c.relowner, c.relacl
                  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
                 UNION ALL
                SELECT 'column', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) || '.'
                       || pg_catalog.quote_ident(a.attname), 0, a.attacl
                  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
                       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE a.attacl IS NOT NULL
                 UNION ALL
                SELECT 'schema', pg_catalog.quote_ident(nspname), nspowner, nspacl FROM pg_catalog.pg_namespace
                 UNION ALL
                SELECT 'function', p.oid::pg_catalog.regprocedure::pg_catalog.text, p.proowner, p.proacl
                  FROM pg_catalog.pg_proc p),
            held (kind, name, privilege) AS (
                SELECT o.kind, o.name, e.privilege_type
                  FROM objects o CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) e JOIN up ON up.oid = e.grantee
                 UNION
                SELECT o.kind, o.name, 'OWNER' FROM objects o JOIN up ON up.oid = o.owner)
            SELECT pg_catalog.string_agg(privilege, ', ' ORDER BY privilege) || ' on ' || kind || ' ' || name AS line
              FROM held GROUP BY kind, name
             ORDER BY CASE kind WHEN 'schema' THEN 1 WHEN 'function' THEN 3 WHEN 'sequence' THEN 3 WHEN 'column' THEN 4
                           ELSE 2 END, kind, name LIMIT \(Self.privilegeLines + 1)
            """
        let names: String
        do {
            names = String(decoding: try JSONEncoder().encode(groups), as: UTF8.self)
        } catch { throw EngineFailure(.invalid, "the groups' names cannot be written") }
        let rows = try await ask(pool, statement, [names])
        do throws(PostgreSQLError) {
            var lines: [String] = []
            for row in rows { lines.append(try row.string("line")) }
            guard lines.count > Self.privilegeLines else { return lines }
            return lines.prefix(Self.privilegeLines) + ["and more"]
        } catch { throw EngineFailure(error) }
    }

    private static let privilegeLines = 200
}
