import ArgumentParser

/// How our commands end; the numbers are those of sysexits(3) where it has one.
enum ExitStatus {
    /// A check found an error.
    static let findings = ExitCode(1)
    /// What is differs from what the configuration says.
    static let differences = ExitCode(2)
    /// The daemon could not start, or failed.
    static let failure = ExitCode(1)
    /// A server cannot be reached (EX_UNAVAILABLE).
    static let unreachable = ExitCode(69)
    /// The configuration is wrong (EX_CONFIG).
    static let configuration = ExitCode(78)
}
