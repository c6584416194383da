import Glibc
import MayflyCore
import MayflyServer

/// Who brings notifications to a target.
enum CourierFactory {
    static func courier(for target: NotificationTarget, timekeeper: Timekeeper) -> any Courier {
        switch target.channel {
        case .webhook(let webhook):
            WebhookCourier(
                webhook, timeout: target.timeout, secrets: DeliveryFiles(environment: .current),
                timekeeper: timekeeper)
        case .command(let command):
            CommandCourier(command, timeout: target.timeout, timekeeper: timekeeper) {
                path throws(DeliveryFailure) in
                // Looked at when the configuration was read; who may change it may have changed since.
                if let objection = ProgramFile.objection(toPath: path, uid: geteuid()) {
                    throw .file(objection.message)
                }
            }
        }
    }
}
