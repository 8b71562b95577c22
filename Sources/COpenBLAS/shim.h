#include <cblas.h>
#include <stddef.h>

// LAPACK is in the same library, but its header is not in every package of it. Fortran passes the lengths of texts last.

// Eigenvalues and, with jobz "V", eigenvectors of a symmetric matrix.
void dsyev_(const char *jobz, const char *uplo, const blasint *n, double *a, const blasint *lda, double *w,
            double *work, const blasint *lwork, blasint *info, size_t jobz_length, size_t uplo_length);
