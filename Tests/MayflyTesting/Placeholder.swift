import Testing
package func probe() { #expect(1 == 1) }
