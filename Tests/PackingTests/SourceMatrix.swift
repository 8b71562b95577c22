/// The Python program that writes every kind of source, and what each holds.
enum SourceMatrix {
  /// The packages that it takes.
  static let modules = ["numpy", "pandas", "h5py", "anndata", "PIL"]

  /// Writes a line `NAME TAB SPECIFICATION` for each case, and `NAME.expected`: `float32`, all NaN in a row that lacks the
  /// modality.
  static let program = """
    import os, sys, warnings
    warnings.filterwarnings("ignore")
    import numpy as np, pandas as pd, h5py, anndata
    os.chdir(sys.argv[1])
    rng, rows = np.random.default_rng(1), 40
    cases = open("cases", "w")

    def case(name, specification, expected):
        cases.write(f"{name}\\t{specification}\\n")
        np.asarray(expected, np.float32).tofile(name + ".expected")

    # NPY: every type, byte order and memory order.
    types = ["bool"] + [order + kind for kind in "i2 i4 i8 u2 u4 u8 f2 f4 f8".split() for order in "<>"] + ["i1", "u1"]
    arrays = {}
    for number, kind in enumerate(types):
        kind = np.dtype(kind)
        if kind.kind == "f":
            array = rng.normal(size=(rows, 3, 2)).astype(kind)
            array[0, 0, 0] = np.finfo(kind).tiny / 4  # not normal
        elif kind.kind == "b":
            array = rng.integers(0, 2, (rows, 3, 2)).astype(kind)
        else:
            array = rng.integers(-100 if kind.kind == "i" else 0, 100, (rows, 3, 2)).astype(kind)
        scale = 255 if kind == np.uint8 else 1
        arrays[f"a{number}"] = array
        for order in "CF":
            name = f"npy-{number}-{kind.name}-{order}"
            np.save(name + ".npy", np.asarray(array, order=order))
            case(name, f"{name}.npy:gaussian", array.astype(np.float64) / scale)

    # NPZ: stored and deflated, and with the sizes of zip64.
    np.savez("stored.npz", **arrays)
    np.savez_compressed("deflated.npz", **arrays, fortran=np.asfortranarray(arrays["a5"]))
    import zipfile, io
    with zipfile.ZipFile("zip64.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(name + ".npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array)
    np.savez_compressed("single.npz", x=arrays["a13"])
    for file in ["stored", "deflated", "zip64"]:
        for name, array in arrays.items():
            scale = 255 if array.dtype == np.uint8 else 1
            case(f"{file}-{name}", f"{file}.npz:{name}:gaussian", array.astype(np.float64) / scale)
    case("npz-fortran", "deflated.npz:fortran:gaussian", arrays["a5"])
    case("npz-single", "single.npz:gaussian", arrays["a13"])

    # Texts.
    kinds = np.array(["tabby", "Siamese", "Bengal", "Ragdoll \\u00e9"])[np.arange(rows) % 4]
    ranks = np.array([3, 2, 0, 1])[np.arange(rows) % 4]
    np.save("unicode.npy", kinds)
    np.save("swapped.npy", kinds.astype(kinds.dtype.newbyteorder(">")))
    np.save("bytes.npy", np.char.encode(kinds, "utf-8"))
    np.save("column.npy", kinds[:, None])
    for name in ["unicode", "swapped", "bytes", "column"]:
        case(f"text-{name}", f"{name}.npy:categorical", ranks)
    case("text-plain", "unicode.npy", ranks)

    # Whole numbers that are classes.
    np.save("classes.npy", (np.arange(rows) % 5).astype(float))
    np.save("classes1.npy", (np.arange(rows) % 5)[:, None].astype(np.int16))
    case("classes-float", "classes.npy:categorical", np.arange(rows) % 5)
    case("classes-column", "classes1.npy:categorical", np.arange(rows) % 5)

    # HDF5.
    with h5py.File("data.h5", "w") as file:
        for name, array in arrays.items():
            scale = 255 if array.dtype == np.uint8 else 1
            file[f"plain/{name}"] = array
            file.create_dataset(f"packed/{name}", data=array, chunks=(7, 3, 2), compression="gzip", shuffle=True)
            for group in ["plain", "packed"]:
                case(f"h5-{group}-{name}", f"data.h5:/{group}/{name}:gaussian", array.astype(np.float64) / scale)
        file["variable"] = kinds.astype(object)
        file["fixed"] = np.char.encode(kinds, "utf-8")
    case("h5-variable", "data.h5:/variable", ranks)
    import shutil
    shutil.copy("data.h5", "other.loom")
    case("h5-other", "other.loom:/plain/a5:gaussian", arrays["a5"])
    case("h5-fixed", "data.h5:fixed:categorical", ranks)

    # AnnData: a missing category is -1.
    category = pd.Categorical([None if i % 7 == 0 else kinds[i] for i in range(rows)],
                              categories=["tabby", "Siamese", "Bengal", "Ragdoll \\u00e9"])
    adata = anndata.AnnData(
        X=rng.poisson(3, (rows, 5)).astype(np.float32), obsm={"X_pca": rng.normal(size=(rows, 4))},
        obs=pd.DataFrame({"cell_type": category, "score": rng.normal(size=rows), "batch": kinds,
                          "depth": pd.array([None if i % 5 == 0 else i for i in range(rows)], dtype="Int64")},
                         index=[f"cell{i}" for i in range(rows)]))
    adata.write_h5ad("cells.h5ad", compression="gzip")
    case("adata-x", "cells.h5ad:X:poisson", adata.X)
    case("adata-obsm", "cells.h5ad:/obsm/X_pca:gaussian,standardise", adata.obsm["X_pca"])
    case("adata-category", "cells.h5ad:/obs/cell_type",
         [np.nan if code < 0 else code for code in category.codes])
    case("adata-score", "cells.h5ad:/obs/score:gaussian", adata.obs["score"])
    case("adata-text", "cells.h5ad:/obs/batch", ranks)
    case("adata-nullable", "cells.h5ad:/obs/depth:gaussian", [np.nan if i % 5 == 0 else i for i in range(rows)])

    # Tables.
    frame = pd.DataFrame({"id": [f"row, {i}" for i in range(rows)], "kind": kinds, "flag": np.arange(rows) % 3 == 0,
                          "count": rng.poisson(2, rows), "note": ['two\\nlines, "quoted"'] * rows})
    for number in range(12):
        frame[f"x{number}"] = rng.normal(size=rows) * 10.0 ** (3 * number - 18)
    gaps = np.arange(rows) % 4 == 1
    for column in ["m0", "m1"]:
        frame[column] = np.where(gaps, np.nan, rng.normal(size=rows))
    frame["some"] = [None if i % 6 == 2 else kinds[i] for i in range(rows)]
    frame["code"] = np.arange(rows) % 3 + 1.0
    frame["empty"] = [None if i % 3 == 0 else i / 8 for i in range(rows)]
    frame.to_csv("table.csv", index=False)
    frame.to_csv("table.tsv", index=False, sep="\\t")
    frame.to_csv("dos.csv", index=False, lineterminator="\\r\\n", encoding="utf-8-sig", na_rep="NA", quoting=1)
    frame.to_csv("packed.csv.gz", index=False, na_rep="nan")
    for file in ["table.csv", "table.tsv", "dos.csv", "packed.csv.gz"]:
        def column(name, what, expected):
            case(f"{file}-{name}", f"{file}:{what}", expected)
        column("range", "x0..x11:gaussian", frame[[f"x{number}" for number in range(12)]])
        column("several", "x3,x1,x5..x6:laplace", frame[["x3", "x1", "x5", "x6"]])
        column("text", "kind", ranks)
        column("truth", "flag", frame["flag"])
        column("truths", "flag:bernoulli", frame["flag"])
        column("count", "count:negative_binomial", frame["count"])
        column("gaps", "m0,m1:gaussian", frame[["m0", "m1"]])
        column("some", "some:categorical", [np.nan if i % 6 == 2 else ranks[i] for i in range(rows)])
        column("code", "code:categorical", frame["code"] - 1)
        column("empty", "empty:gaussian", frame["empty"])

    # Levels, and channels last.
    np.save("digits.npy", rng.integers(0, 17, (rows, 8, 8)).astype(float))
    case("levels", "digits.npy:bernoulli,max=16", np.load("digits.npy") / 16)
    np.save("flags.npy", rng.integers(0, 2, (rows, 3)) * 2 - 1)
    case("flags", "flags.npy:bernoulli,min=-1", (np.load("flags.npy") + 1) / 2)
    """
}
