import Foundation
import MayflyCore
import Testing

@testable import mayflyd

/// Where the password comes from, and that it never stands in a message.
@Suite struct SecretSourceTests {
    static let sources: [Breakage] = [
        Breakage(
            "password_file: D/missing", "",
            "databases.orders.account.password_file: there is no file \"DIRECTORY/missing\" — create it with mode 0600, or mend the path"
        ),
        Breakage(
            "password_file: D/open.password", "",
            "databases.orders.account.password_file: \"DIRECTORY/open.password\" is open to others than its owner (mode 0644) — chmod 0600 the file"
        ),
        Breakage(
            "password_file: D/group.password", "",
            "databases.orders.account.password_file: \"DIRECTORY/group.password\" is open to others than its owner (mode 0640) — chmod 0600 the file"
        ),
        Breakage(
            "password_file: D/empty.password", "",
            "databases.orders.account.password_file: \"DIRECTORY/empty.password\" is empty — write the password into it"
        ),
        Breakage(
            "password_file: D", "",
            "databases.orders.account.password_file: \"DIRECTORY\" is not a regular file — name the file that holds the password"
        ),
        Breakage(
            "password_file: hunter2", "",
            "databases.orders.account.password_file: is not an absolute path (value not shown) — the path of a file that holds the password, not the password"
        ),
        Breakage(
            "password_file: /hunter2", "",
            "databases.orders.account.password_file: there is no file of that name (value not shown) — create it with mode 0600, or mend the path"
        ),
        Breakage(
            "password_env: hunter2", "",
            "databases.orders.account.password_env: is not the name of an environment variable (value not shown) — capital letters, digits and _; the variable holds the password, not this file"
        ),
        Breakage(
            "password_env: PAYMENTS_PASSWORD", "",
            "databases.orders.account.password_env: the environment variable is not set — set it for the daemon, or use password_file"
        ),
        Breakage(
            "password_credential: hunter2", "",
            "databases.orders.account.password_credential: there are no systemd credentials here (CREDENTIALS_DIRECTORY is not set) — start under systemd with LoadCredential=, or set CREDENTIALS_DIRECTORY to check by hand"
        ),
        Breakage(
            "password_credential: ../hunter2", "",
            "databases.orders.account.password_credential: is not the name of a systemd credential (value not shown) — the name on the left side of LoadCredential=, without a path"
        ),
        Breakage(
            "password: hunter2", "",
            "databases.orders.account: has no password — password_file: /etc/mayfly/NAME.password (or password_env, password_credential); only over a Unix socket may it be left out (peer authentication)",
            "databases.orders.account.password: unknown key — did you mean password_file?"),
        Breakage(
            "hunter2, password_env: ORDERS_PASSWORD", "",
            "databases.orders.account.(key not shown): unknown key — known here: user, host, password_file, password_env, password_credential"
        ),
        Breakage(
            "password_env: ORDERS_PASSWORD, password_file: D/orders.password", "",
            "databases.orders.account: has password_file and password_env — keep one of them"),
    ]

    @Test("A password that cannot be had is reported, and nothing of it repeated", arguments: sources)
    func source(_ breakage: Breakage) throws {
        let sample = try SampleConfiguration()
        sample.text = sample.text.replacing(
            "password_file: \(sample.directory)/orders.password",
            with: breakage.find.replacing("D/", with: sample.directory + "/")
                .replacing(": D", with: ": " + sample.directory))
        let complaints = sample.complaints()
        // All of them are about line 16, where the account is.
        #expect(complaints.allSatisfy { $0.hasPrefix("mayfly.yaml:16:") })
        #expect(complaints.map { String($0.drop { $0 != " " }.dropFirst()) } == breakage.complaints)
        #expect(!complaints.joined().contains("hunter2"))
    }

    @Test("A credential of the service manager is taken, its group bits being an access list's mask")
    func aCredentialOfTheServiceManager()
        throws
    {
        let sample = try SampleConfiguration()
        var environment = sample.environment
        environment.variables["CREDENTIALS_DIRECTORY"] = sample.directory
        sample.text = sample.text.replacing(
            "password_file: \(sample.directory)/orders.password", with: "password_credential: group.password")
        #expect(sample.complaints(environment: environment) == [])
        sample.text = sample.text.replacing("group.password", with: "open.password")
        #expect(sample.complaints(environment: environment).count == 1)
    }

    @Test("A secret file of somebody else is refused")
    func aSecretFileOfSomebodyElse() throws {
        let sample = try SampleConfiguration()
        var environment = sample.environment
        // To a daemon of another user the file, which is ours, is somebody else's. Root's would be taken.
        guard environment.uid != 0 else {
            #expect(chown(sample.directory + "/orders.password", 65534, 65534) == 0)
            #expect(
                sample.complaints() == [
                    "mayfly.yaml:16:45: databases.orders.account.password_file: \"DIRECTORY/orders.password\" belongs "
                        + "to uid 65534 — it must belong to root or to the daemon's user (uid 0): chown it, or check as that user"
                ])
            return
        }
        environment.uid += 1
        #expect(sample.complaints(environment: environment).count == 1)
    }

    @Test("Only over a Unix socket may the password be left out")
    func onlyOverAUnixSocketMay() throws {
        let sample = try SampleConfiguration()
        sample.text = sample.text
            .replacing(
                "hosts: [ db1.internal, db2.internal ]\n    replicas: [ db3.internal ]",
                with: "hosts: /run/postgresql"
            )
            .replacing(", password_file: \(sample.directory)/orders.password", with: "")
            .replacing("    tls: { mode: verify-full, ca: \(sample.directory)/ca.pem }\n", with: "")
        let file = try sample.parse()
        let database = try #require(file.configuration.databases.values.first)
        #expect(database.account.password == .none)
        #expect(database.hosts == ["/run/postgresql"])
        #expect(database.tls.mode == .disable)
    }
}
