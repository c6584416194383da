import MayflyAPI
import MayflyCore
import MayflyServer
import MayflyTrail

/// Who takes audit records to an exporter's place.
enum SinkFactory {
    static func sink(
        for exporter: AuditExporter, installation: String, timekeeper: Timekeeper
    ) -> any AuditSink {
        let formatter = AuditFormatter(
            exporter.format, installation: installation, version: MayflyVersion.current)
        switch exporter.channel {
        case .file(let file):
            return FileSink(
                file, formatter: formatter, timekeeper: timekeeper, timeout: exporter.timeout)
        case .syslog(let syslog): return SyslogSink(syslog, formatter: formatter, timeout: exporter.timeout)
        case .webhook(let webhook):
            let courier = WebhookCourier(
                webhook, timeout: exporter.timeout, secrets: DeliveryFiles(environment: .current),
                timekeeper: timekeeper)
            return WebhookSink(courier, formatter: formatter)
        }
    }
}
