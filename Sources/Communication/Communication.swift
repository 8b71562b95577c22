import MPIShim
package func x() { print(mpishim_init()) }
