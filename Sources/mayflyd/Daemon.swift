import ArgumentParser

/// Runs the daemon until it is told to stop.
func runDaemon(configurationPath: String) async throws {
    throw ValidationError("the daemon is not wired yet; `mayflyd check` and `mayflyd guard print` are")
}
