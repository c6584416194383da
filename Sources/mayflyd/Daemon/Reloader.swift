import MayflyCore
import MayflyServer
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again at each SIGHUP. A file with errors is refused, and what is in force stays.
struct Reloader: Service {
    let path: String
    let broker: Broker
    let manager: ServiceManager

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            manager.reloading()
            await reload()
            manager.ready()
        }
    }

    private func reload() async {
        do {
            let configuration = try ConfigurationFile.load(path: path, environment: .current).configuration
            let running = broker.configuration
            guard
                configuration.installation == running.installation, configuration.listen == running.listen,
                configuration.statePath == running.statePath
            else {
                await broker.refuseReload("installation, listen and state change with a restart only")
                return
            }
            try await broker.reload(configuration)
        } catch {
            await broker.refuseReload("\(error)")
        }
    }
}
