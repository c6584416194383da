import Foundation
import MayflyAPI
import MayflyCore
import MayflyServer
import Testing

@testable import mayflyd

/// With real files: who could put another program in the place of one that runs with the daemon's rights.
@Suite struct ProgramFileTests {
    private let sample: SampleConfiguration
    private let directory: String
    private let program: String

    /// `top/bin/run`, all of it the daemon's alone to write, with a program that leaves `ran` behind.
    init() throws {
        sample = try SampleConfiguration()
        directory = sample.directory
        program = directory + "/top/bin/run"
        try FileManager.default.createDirectory(
            atPath: directory + "/top/bin", withIntermediateDirectories: true)
        for name in ["", "/top", "/top/bin"] { try mode(0o755, directory + name) }
        try sample.write("#!/bin/sh\n: >\(directory)/ran\n", to: "top/bin/run", mode: 0o755)
    }

    private func mode(_ mode: mode_t, _ path: String) throws { try #require(chmod(path, mode) == 0) }

    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    private func message(_ path: String, uid: UInt32 = geteuid()) -> String? {
        ProgramFile.objection(toPath: path, uid: uid)?.message
    }

    @Test(
        "The file and each directory up to the root is nobody else's to write",
        arguments: [0o775, 0o757] as [mode_t])
    func modes(_ open: mode_t) throws {
        #expect(message(program) == nil)
        for path in ["/top/bin/run", "/top/bin", "/top", ""].map({ directory + $0 }) {
            try mode(open, path)
            #expect(
                message(program)?.hasPrefix("\(path.quoted()) may be written by others") == true, "\(path)")
            try mode(0o755, path)
        }
        // Nobody takes the place of another's entry there.
        try mode(0o1777, directory + "/top")
        #expect(message(program) == nil)
        #expect(message("/bin/sh") == nil)
    }

    @Test("What is another user's is not run, nor what lies under it")
    func owners() throws {
        let isRoot = geteuid() == 0
        if isRoot { try #require(chown(directory + "/top", 12_345, 12_345) == 0) }
        let found = message(program, uid: isRoot ? 0 : geteuid() + 1)
        #expect(found?.contains(" belongs to uid ") == true)
    }

    @Test("Links are followed as the kernel follows them, through directories that are safe")
    func links() throws {
        try FileManager.default.createDirectory(
            atPath: directory + "/open", withIntermediateDirectories: false)
        try mode(0o777, directory + "/open")
        // The middle one of three lies where anybody may replace it: neither end shows that.
        try link(directory + "/open/middle", to: "../top/bin")
        try link(directory + "/outer", to: "open/middle")
        #expect(
            message(directory + "/outer/run")?.hasPrefix("\((directory + "/open").quoted()) may be") == true)
        try mode(0o755, directory + "/open")
        #expect(message(directory + "/outer/run") == nil)
        #expect(message(directory + "/open/../top/./bin//run") == nil)
        try link(directory + "/absolute", to: program)
        #expect(message(directory + "/absolute") == nil)
        try link(directory + "/loop", to: "loop")
        #expect(message(directory + "/loop")?.hasPrefix("there is no program") == true)
        for path in [directory, directory + "/top/bin/..", "/", program + "/x"] {
            #expect(message(path) != nil, "\(path)")
        }
    }

    @Test("A command that others may change by now is not run")
    func courier() async throws {
        let target = NotificationTarget(name: "mail", channel: .command([program]))
        let courier = CourierFactory.courier(for: target, timekeeper: .system())
        let test = NotificationMessage.test(
            .init(name: "test", tag: try #require(InstallationTag(rawValue: "t"))), now: Date())
        try mode(0o775, directory + "/top")
        let top = (directory + "/top").quoted()
        await #expect(throws: DeliveryFailure.file("\(top) may be written by others (mode 0775)")) {
            try await courier.deliver(test)
        }
        #expect(!FileManager.default.fileExists(atPath: directory + "/ran"))
        try mode(0o755, directory + "/top")
        try await courier.deliver(test)
        #expect(FileManager.default.fileExists(atPath: directory + "/ran"))
    }
}
