import COpenBLAS
package func x() { print(openblas_get_num_threads()) }
