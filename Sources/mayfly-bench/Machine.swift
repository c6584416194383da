import Foundation

/// What it was measured on.
struct Machine: Codable, CustomStringConvertible {
    var cpu: String
    var cores: Int
    var memoryGiB: Double
    var kernel: String
    var servers: [String]
    /// What else was running when the bench began, by the load of the last minute.
    var load: Double
    var at: Date

    enum CodingKeys: String, CodingKey {
        case cpu, cores
        case memoryGiB = "memory_gib"
        case kernel, servers, load, at
    }

    init(servers: [String]) {
        func first(_ path: String, _ prefix: String) -> String? {
            let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
            return text?.split(separator: "\n").first { $0.hasPrefix(prefix) }.map { line in
                line.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
                    ?? String(line)
            }
        }
        cpu = first("/proc/cpuinfo", "model name") ?? "unknown"
        cores = ProcessInfo.processInfo.activeProcessorCount
        memoryGiB = (Double(ProcessInfo.processInfo.physicalMemory) / 1_073_741_824).rounded()
        kernel = first("/proc/sys/kernel/osrelease", "") ?? "unknown"
        load = first("/proc/loadavg", "")?.split(separator: " ").first.flatMap { Double($0) } ?? .nan
        at = Date()
        self.servers = servers
    }

    var description: String {
        "\(cores) cores (\(cpu)), \(Int(memoryGiB)) GiB, Linux \(kernel); \(servers.joined(separator: ", "));"
            + " load before: \(load)"
    }
}
