import Glibc

/// Why a throw-away server could not be had.
package enum TestServerError: Error, CustomStringConvertible {
    case system(String, Int32)
    case noBinaries
    case noMariaDBBinaries
    case notRunning
    case timedOut(String)

    package var description: String {
        switch self {
        case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
        case .noBinaries:
            "no PostgreSQL server found: install one, or set MAYFLY_TEST_PG_BIN to its bin directory"
        case .noMariaDBBinaries:
            "no MariaDB server found: install one, or set MAYFLY_TEST_MARIADB_BIN to its directory"
        case .notRunning: "the server is not running"
        case .timedOut(let what): "timed out: \(what)"
        }
    }
}
