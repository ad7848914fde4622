"""ctkit: CT images in Jupyter, from a DICOM folder to voxels for a network.

Everything public is reached as ``ctkit.<name>``; modules come in when first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "errors": [
            "CTError",
            "GeometryError",
            "LoadError",
            "ParameterError",
            "SaveError",
            "UnitError",
        ],
        "volume": ["Volume"],
        "hounsfield": ["AIR", "TISSUES", "WATER", "to_hu"],
        "windowing": ["PRESETS", "PRESET_TABLE", "Window", "apply_window"],
        "dicom_card": ["header"],
        "dicom_writing": ["write_dicom"],
        "loading": ["list_series", "load"],
        "privacy": ["deidentify"],
        "masking": ["head_mask", "keep_head"],
        "denoising": ["compare_filters", "denoise"],
        "measuring": ["cnr", "edge_width", "noise_sd", "psnr", "ssim"],
        "cropping": ["bounding_box", "center", "crop", "crop_box", "pad"],
        "resampling": ["axis_weights", "regularize", "resample"],
        "export": ["from_array", "save", "to_array"],
        "_doctor": ["doctor"],
        "figures": [
            "show_filters",
            "show_histogram",
            "show_montage",
            "show_planes",
            "show_row",
            "show_slice",
            "show_windows",
        ],
        "figures_files": ["show_positions"],
        "widgets": [
            "PlanePicker",
            "SliceSlider",
            "SliceView",
            "WindowSliders",
            "compare",
            "explore",
            "planes",
            "search_header",
            "tune",
        ],
    },
    submodules=["figures", "geometry", "phantom", "samples", "widgets"],
)
__version__ = "0.1.0"
