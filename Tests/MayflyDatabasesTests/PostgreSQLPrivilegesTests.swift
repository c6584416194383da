import MayflyCore
import MayflyDatabases
import MayflyTesting
import Testing

/// What approvers are shown of a group on PostgreSQL.
@Suite struct PostgreSQLPrivilegesTests {
    @Test("What is broad comes first, so that no number of columns hides it")
    func broadest() async throws {
        let environment = try await PostgreSQLEnvironment.shared()
        let columns = (1...210).map { "c\($0)" }
        try await environment.server.psql(
            script: """
                CREATE ROLE wide_readers NOLOGIN; CREATE SCHEMA wide; CREATE TABLE wide.zebra (id int);
                CREATE TABLE wide.columns (\(columns.map { "\($0) int" }.joined(separator: ", ")));
                CREATE SEQUENCE wide.numbers;
                GRANT SELECT (\(columns.joined(separator: ", "))) ON wide.columns TO wide_readers;
                GRANT USAGE ON SEQUENCE wide.numbers TO wide_readers;
                GRANT DELETE ON wide.zebra TO wide_readers; GRANT USAGE, CREATE ON SCHEMA wide TO wide_readers;
                """, database: environment.databases.main)
        let lines = try await environment.engine.privileges(of: ["wide_readers"])
        #expect(
            lines.prefix(3) == [
                "CREATE, USAGE on schema wide", "DELETE on table wide.zebra",
                "USAGE on sequence wide.numbers",
            ])
        #expect(lines.count == 201 && lines.last == "and more")
    }
}
