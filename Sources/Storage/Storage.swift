import CHDF5
package func x() { print(H5Fopen("x", 0, 0)) }
