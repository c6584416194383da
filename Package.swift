// swift-tools-version: 6.2
import PackageDescription

/// For targets beside JWTKit: with its crypto libc's structs are of whichever module the compiler loads first, which
/// differs from build to build, so that no list of imports is right.
let settingsBesideCrypto: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0480-swiftpm-warning-control.md
    .treatAllWarnings(as: .error),
]

/// Every other target of ours is compiled with these.
let settings: [SwiftSetting] =
    settingsBesideCrypto + [
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
        .enableUpcomingFeature("MemberImportVisibility")
    ]

// What a target needs beyond our own modules.
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
// For tests that forge tokens; JWTKit brings it.
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1"].map {
    .product(name: $0, package: "swift-nio")
}
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "mayfly",
    products: [
        .library(name: "MayflyClient", targets: ["MayflyClient"]),
        .executable(name: "mayflyd", targets: ["mayflyd"]),
        .executable(name: "mayfly", targets: ["mayfly"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CQRencode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),

        .target(name: "MayflyCore", swiftSettings: settings),
        .target(name: "MayflyAPI", swiftSettings: settings),
        .target(name: "MayflyCrypto", dependencies: ["MayflyCore", "COpenSSL"], swiftSettings: settings),
        .target(
            name: "SQLClients", dependencies: ["MayflyCore", "CLibpq", "CMariaDB"], swiftSettings: settings),
        .target(
            name: "MayflyDatabases",
            dependencies: ["MayflyCore", "MayflyCrypto", "SQLClients"],
            resources: [
                .embedInCode("PostgreSQL/guard-core.sql"),
                .embedInCode("PostgreSQL/guard-cleanup.sql"),
                .embedInCode("PostgreSQL/guard-postgresql-upgrade.sql"),
                .embedInCode("PostgreSQL/guard-trust.sql"),
                .embedInCode("PostgreSQL/guard-postgresql-uninstall.sql"),
                .embedInCode("PostgreSQL/guard-narrowing.sql"),
                .embedInCode("PostgreSQL/effective-privileges.sql"),
                .embedInCode("PostgreSQL/everybody.sql"),
                .embedInCode("MariaDB/guard-mariadb.sql"),
                .embedInCode("MariaDB/guard-mysql.sql"),
                .embedInCode("DBAViews/dba-postgresql.sql"),
                .embedInCode("DBAViews/dba-mariadb.sql"),
                .embedInCode("DBAViews/dba-mysql.sql"),
                .embedInCode("MariaDB/guard-mariadb-upgrade.sql"),
                .embedInCode("MariaDB/guard-mariadb-trust.sql"),
                .embedInCode("MariaDB/guard-mariadb-uninstall.sql"),
            ],
            swiftSettings: settings),
        .target(
            name: "MayflyStore", dependencies: ["MayflyCore", "MayflyCrypto", grdb],
            resources: [
                .embedInCode("Schema/schema-1.sql"), .embedInCode("Schema/schema-2.sql"),
                .embedInCode("Schema/schema-3.sql"), .embedInCode("Schema/schema-4.sql"),
                .embedInCode("Schema/schema-5.sql"), .embedInCode("Schema/schema-6.sql"),
                .embedInCode("Schema/schema-7.sql"), .embedInCode("Schema/schema-8.sql"),
                .embedInCode("Schema/schema-9.sql"), .embedInCode("Schema/schema-10.sql"),
                .embedInCode("Schema/schema-11.sql"), .embedInCode("Schema/schema-12.sql"),
                .embedInCode("Schema/schema-13.sql"), .embedInCode("Schema/schema-14.sql"),
                .embedInCode("Schema/schema-15.sql"), .embedInCode("Schema/schema-16.sql"),
                .embedInCode("Schema/schema-17.sql"),
            ],
            swiftSettings: settings),
        // Says whether an audit log is whole: for the command, and for whoever writes one out.
        .target(
            name: "MayflyTrail", dependencies: ["MayflyAPI", "MayflyCore", "MayflyCrypto"],
            swiftSettings: settings),
        .target(
            name: "MayflyServer",
            dependencies: [
                "CLinux", "MayflyCore", "MayflyAPI", "MayflyCrypto", "MayflyTrail", asyncHTTPClient,
                collections, httpTypes,
                hummingbird,
                lifecycle, logging, nioSSL,
            ] + nio,
            resources: [.embedInCode("openapi.json")],
            swiftSettings: settings),
        // Verifies what others signed, OIDC tokens and approvals: the one user of JWTKit and its crypto.
        .target(
            name: "MayflyTokens", dependencies: ["MayflyCore", asyncHTTPClient, jwtKit] + nio + [nioSSL],
            swiftSettings: settingsBesideCrypto),
        .target(
            name: "MayflyClient", dependencies: ["MayflyAPI", asyncHTTPClient, nioSSL] + nio,
            swiftSettings: settings),
        .executableTarget(
            name: "mayflyd",
            dependencies: [
                "CLinux", "MayflyAPI", "MayflyCore", "MayflyCrypto", "MayflyDatabases", "MayflyServer",
                "MayflyStore", "MayflyTokens", "MayflyTrail",
                "SQLClients",
                argumentParser, lifecycle, logging, unixSignals, yams,
            ],
            swiftSettings: settingsBesideCrypto),
        .executableTarget(
            name: "mayfly",
            dependencies: [
                "CLinux", "CQRencode", "MayflyAPI", "MayflyClient", "MayflyCore", "MayflyCrypto",
                "MayflyTrail",
                argumentParser,
            ],
            swiftSettings: settings),

        // Writes the manual pages; see Scripts/install.
        .executableTarget(name: "mayfly-manual", swiftSettings: settings),

        // Holds the daemon against a bare loop; see Scripts/bench.
        .executableTarget(
            name: "mayfly-bench",
            dependencies: [
                "MayflyAPI", "MayflyClient", "MayflyCore", "MayflyCrypto", "MayflyStore", "SQLClients",
                argumentParser,
            ],
            swiftSettings: settings),

        // Throw-away servers, manual clock, fakes and the conformance suites of the two ports.
        .target(
            name: "MayflyTesting",
            dependencies: ["MayflyAPI", "MayflyCore", "MayflyCrypto", "SQLClients", nioSSL] + nio,
            path: "Tests/MayflyTesting", swiftSettings: settings),
        // Signs what is right and what is not, as issuers and attackers do.
        .target(
            name: "TokenForge",
            dependencies: ["MayflyCore", "MayflyTesting", cryptoExtras, jwtKit, nioSSL] + nio,
            path: "Tests/TokenForge", swiftSettings: settingsBesideCrypto),
        .testTarget(
            name: "MayflyTokensTests",
            dependencies: ["MayflyTokens", "MayflyCore", "MayflyTesting", "TokenForge"] + nio + [nioSSL],
            swiftSettings: settingsBesideCrypto),
        .testTarget(
            name: "MayflyCoreTests", dependencies: ["MayflyCore", "MayflyCrypto", "MayflyTesting"],
            swiftSettings: settings),
        .testTarget(name: "MayflyAPITests", dependencies: ["MayflyAPI"], swiftSettings: settings),
        .testTarget(
            name: "MayflyCryptoTests", dependencies: ["MayflyCrypto", "MayflyCore"], swiftSettings: settings),
        .testTarget(
            name: "SQLClientsTests", dependencies: ["SQLClients", "MayflyCore", "MayflyTesting"],
            swiftSettings: settings),
        .testTarget(
            name: "MayflyDatabasesTests",
            dependencies: ["MayflyDatabases", "MayflyCore", "MayflyCrypto", "SQLClients", "MayflyTesting"],
            exclude: ["Fixtures"],
            swiftSettings: settings),
        .testTarget(
            name: "MayflyStoreTests",
            dependencies: ["MayflyStore", "MayflyCore", "MayflyCrypto", "MayflyTesting", grdb],
            swiftSettings: settings),
        .testTarget(
            name: "MayflyTrailTests",
            dependencies: [
                "MayflyTrail", "MayflyAPI", "MayflyCore", "MayflyCrypto", "MayflyServer", "MayflyStore",
                "MayflyTesting", grdb, logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "MayflyServerTests",
            dependencies: [
                "MayflyServer", "MayflyCore", "MayflyAPI", "MayflyCrypto", "MayflyTesting", "MayflyTrail",
                "SQLClients", lifecycle,
                logging,
            ] + nio,
            swiftSettings: settings),
        .testTarget(
            name: "MayflyClientTests",
            dependencies: ["MayflyClient", "MayflyAPI", "MayflyTesting", "TokenForge"],
            swiftSettings: settingsBesideCrypto),
        .testTarget(
            name: "mayflydTests",
            dependencies: ["mayflyd", "MayflyCore", "MayflyDatabases", "MayflyTesting"],
            swiftSettings: settingsBesideCrypto),
        .testTarget(
            name: "mayflyTests", dependencies: ["mayfly", "MayflyAPI", "MayflyTesting"],
            swiftSettings: settings),
        // The real binaries, as a user runs them, and the crash tests.
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "MayflyAPI", "MayflyClient", "MayflyCore", "MayflyCrypto", "MayflyStore", "MayflyTesting",
                "SQLClients",
                "TokenForge", grdb,
                "mayfly",
                "mayflyd",
            ],
            swiftSettings: settingsBesideCrypto),
    ]
)
